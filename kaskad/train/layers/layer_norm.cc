#include "kaskad/train/layers/layer_norm.h"

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

// As the HSTU code: small, because the averages of its attention are small.
constexpr double kEpsilon = 1e-6;

}  // namespace

LayerNorm::LayerNorm(int64_t dimension)
    : scale_(register_parameter("scale", torch::ones({dimension}))),
      shift_(register_parameter("shift", torch::zeros({dimension}))) {}

torch::Tensor LayerNorm::forward(const torch::Tensor& x) const {
  return torch::layer_norm(x, scale_.sizes(), scale_, shift_, kEpsilon);
}

Value LayerNorm::emit(Graph& graph, const Value& x) const {
  return graph.node("LayerNormalization",
                    {x, emit_tensor(graph, scale_, "scale"), emit_tensor(graph, shift_, "shift")},
                    {{"axis", int64_t{-1}}, {"epsilon", static_cast<float>(kEpsilon)}});
}

}  // namespace kaskad::train
