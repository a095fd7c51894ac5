#include "kaskad/train/layers/feed_forward.h"

#include <numbers>

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

FeedForward::FeedForward(int64_t dimension, int64_t inner, Activation activation, double dropout,
                         const std::shared_ptr<DropoutMasks>& masks)
    : inner_(inner), activation_(activation) {
  const bool gated = activation == Activation::kSwiglu;
  in_ =
      register_module("in", std::make_shared<Linear>(dimension, gated ? 2 * inner : inner, !gated));
  out_ = register_module("out", std::make_shared<Linear>(inner, dimension, !gated));
  dropout_ = register_module("dropout", std::make_shared<Dropout>(gated ? 0 : dropout, masks));
}

torch::Tensor FeedForward::forward(const torch::Tensor& x) const {
  const torch::Tensor inner = in_->forward(x);
  switch (activation_) {
    case Activation::kRelu:
      return out_->forward(dropout_->forward(inner.relu()));
    case Activation::kGelu:
      return out_->forward(dropout_->forward(torch::gelu(inner)));
    case Activation::kSwiglu:
      break;
  }
  return out_->forward(torch::silu(inner.narrow(-1, 0, inner_)) * inner.narrow(-1, inner_, inner_));
}

Value FeedForward::emit(Graph& graph, const Value& x) const {
  const Value inner = in_->emit(graph, x);
  switch (activation_) {
    case Activation::kRelu:
      return out_->emit(graph, graph.node("Relu", {inner}));
    case Activation::kGelu:
      return out_->emit(graph, emit_gelu(graph, inner));
    case Activation::kSwiglu:
      break;
  }
  const Value gate = emit_silu(graph, emit_part(graph, inner, 0, inner_));
  return out_->emit(graph, graph.node("Mul", {gate, emit_part(graph, inner, 1, inner_)}));
}

Value emit_gelu(Graph& graph, const Value& x) {
  constexpr auto kHalfRoot = static_cast<float>(1 / std::numbers::sqrt2);
  const Value erf = graph.node("Erf", {graph.node("Mul", {x, graph.scalar(kHalfRoot)})});
  const Value share = graph.node("Add", {erf, graph.scalar(1.0F)});
  return graph.node("Mul", {graph.node("Mul", {x, graph.scalar(0.5F)}), share});
}

}  // namespace kaskad::train
