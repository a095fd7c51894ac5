// Histories as averages: at each place the mean of the vectors up to it, each place further back
// counting for less when the decay is learned. Plain and cheap, the usual user tower.
//   out_t = sum_{i <= t} g^(t - i) x_i / sum_{i <= t} g^(t - i);  g = 1, or sigmoid of a parameter
#pragma once

#include <torch/torch.h>

#include "kaskad/train/layers/rows.h"

namespace kaskad::train {

class Pooling : public torch::nn::Module {
 public:
  Pooling(bool decayed, int64_t max_history);

  // (rows, dimension) -> (rows, dimension)
  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) const;
  // (batch, length, dimension) -> (batch, dimension), at the last place
  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const;

 private:
  // g^distance
  torch::Tensor weight(const torch::Tensor& distance) const;

  int64_t max_history_;
  torch::Tensor decay_;  // undefined for the plain mean
};

}  // namespace kaskad::train
