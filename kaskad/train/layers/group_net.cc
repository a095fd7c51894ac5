#include "kaskad/train/layers/group_net.h"

namespace kaskad::train {
namespace {

constexpr float kSlope = 0.2F;

}  // namespace

GroupNet::GroupNet(int64_t dimension)
    : in_(register_module("in", std::make_shared<Linear>(dimension, dimension, /*bias=*/true))),
      out_(register_module("out", std::make_shared<Linear>(dimension, dimension, /*bias=*/true))) {}

torch::Tensor GroupNet::forward(const torch::Tensor& x) const {
  return out_->forward(torch::leaky_relu(in_->forward(x), kSlope));
}

Value GroupNet::emit(Graph& graph, const Value& x) const {
  return out_->emit(graph, graph.node("LeakyRelu", {in_->emit(graph, x)}, {{"alpha", kSlope}}));
}

}  // namespace kaskad::train
