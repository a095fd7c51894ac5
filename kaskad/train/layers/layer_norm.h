// Mean 0 and variance 1 over the last axis, then a learned scale and shift (1607.06450).
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

class LayerNorm : public torch::nn::Module {
 public:
  explicit LayerNorm(int64_t dimension);

  torch::Tensor forward(const torch::Tensor& x) const;
  Value emit(Graph& graph, const Value& x) const;

 private:
  torch::Tensor scale_, shift_;
};

}  // namespace kaskad::train
