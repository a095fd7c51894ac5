#include "kaskad/train/layers/cross_layer.h"

namespace kaskad::train {

CrossLayer::CrossLayer(int64_t width, int64_t rank) {
  if (rank > 0) down_ = register_module("down", std::make_shared<Linear>(width, rank, false));
  map_ = register_module("map", std::make_shared<Linear>(rank > 0 ? rank : width, width, true));
}

torch::Tensor CrossLayer::forward(const torch::Tensor& x0, const torch::Tensor& x) const {
  return x0 * map_->forward(down_ ? down_->forward(x) : x) + x;
}

Value CrossLayer::emit(Graph& graph, const Value& x0, const Value& x) const {
  const Value mapped = map_->emit(graph, down_ ? down_->emit(graph, x) : x);
  return graph.node("Add", {graph.node("Mul", {x0, mapped}), x});
}

}  // namespace kaskad::train
