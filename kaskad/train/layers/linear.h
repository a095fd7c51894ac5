// y = x W^T + b over the last axis; W (outputs, inputs), b left out on request.
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

class Linear : public torch::nn::Module {
 public:
  Linear(int64_t inputs, int64_t outputs, bool bias);

  torch::Tensor forward(const torch::Tensor& x) const;
  Value emit(Graph& graph, const Value& x) const;
  // The outputs [first, first + count) alone.
  Value emit(Graph& graph, const Value& x, int64_t first, int64_t count) const;

 private:
  torch::Tensor weight_, bias_;  // bias_ undefined when left out
};

}  // namespace kaskad::train
