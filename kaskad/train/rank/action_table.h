// A vector for the type of each event's action, by the tokens of neural_inputs.h; zeros where there
// is no action. Actions that training never met share one row, which it learns from events whose
// action RankBatcher hides.
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

class ActionTable : public torch::nn::Module {
 public:
  // `actions`: how many types there are.
  ActionTable(int64_t actions, int64_t dimension);

  // int64 of any shape -> (..., dimension)
  torch::Tensor forward(const torch::Tensor& tokens) const;
  Value emit(Graph& graph, const Value& tokens) const;

  // The vector of no action is zero; for when the table has been drawn at random.
  void clear_none();

 private:
  torch::Tensor table_;  // (kFirstActionToken + actions, dimension)
};

}  // namespace kaskad::train
