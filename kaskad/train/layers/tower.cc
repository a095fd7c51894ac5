#include "kaskad/train/layers/tower.h"

namespace kaskad::train {

Tower::Tower(int64_t dimension, int64_t inner, double dropout,
             const std::shared_ptr<DropoutMasks>& masks)
    : norm_(register_module("norm", std::make_shared<LayerNorm>(dimension))),
      feed_forward_(register_module(
          "feed_forward",
          std::make_shared<FeedForward>(dimension, inner, Activation::kRelu, dropout, masks))) {}

torch::Tensor Tower::forward(const torch::Tensor& x) const {
  return x + feed_forward_->forward(norm_->forward(x));
}

Value Tower::emit(Graph& graph, const Value& x) const {
  return graph.node("Add", {x, feed_forward_->emit(graph, norm_->emit(graph, x))});
}

}  // namespace kaskad::train
