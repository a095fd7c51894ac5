#include "kaskad/train/layers/linear.h"

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

Linear::Linear(int64_t inputs, int64_t outputs, bool bias)
    : weight_(register_parameter("weight", torch::zeros({outputs, inputs}))) {
  if (bias) bias_ = register_parameter("bias", torch::zeros({outputs}));
}

torch::Tensor Linear::forward(const torch::Tensor& x) const {
  return torch::nn::functional::linear(x, weight_, bias_);
}

Value Linear::emit(Graph& graph, const Value& x) const {
  return emit(graph, x, 0, weight_.size(0));
}

Value Linear::emit(Graph& graph, const Value& x, int64_t first, int64_t count) const {
  const torch::Tensor rows = weight_.narrow(0, first, count);
  const Value product = graph.node("MatMul", {x, emit_tensor(graph, rows.t())});
  if (!bias_.defined()) return product;
  return graph.node("Add", {product, emit_tensor(graph, bias_.narrow(0, first, count), "bias")});
}

}  // namespace kaskad::train
