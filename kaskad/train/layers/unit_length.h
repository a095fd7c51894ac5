// Vectors of length 1, and of the users' side times a learned inverse temperature: the dot product
// that training and serving take is then cos(user, item) / temperature.
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

torch::Tensor unit_length(const torch::Tensor& x);
Value emit_unit_length(Graph& graph, const Value& x);

class Temperature : public torch::nn::Module {
 public:
  Temperature();

  torch::Tensor forward(const torch::Tensor& x) const;  // unit_length(x) / temperature
  Value emit(Graph& graph, const Value& x) const;

 private:
  torch::Tensor inverse() const;

  torch::Tensor log_inverse_;  // (1)
};

}  // namespace kaskad::train
