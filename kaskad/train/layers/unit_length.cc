#include "kaskad/train/layers/unit_length.h"

#include <cmath>

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

constexpr double kFirstTemperature = 0.07;
constexpr double kLowestTemperature = 0.01;  // as CLIP: below it training runs away
constexpr double kShortest = 1e-12;          // the zero vector stays zero

}  // namespace

torch::Tensor unit_length(const torch::Tensor& x) {
  return x / x.norm(2, -1, /*keepdim=*/true).clamp_min(kShortest);
}

Value emit_unit_length(Graph& graph, const Value& x) {
  const Value length =
      graph.node("ReduceL2", {x}, {{"axes", std::vector<int64_t>{-1}}, {"keepdims", int64_t{1}}});
  const Value safe = graph.node("Max", {length, graph.scalar(static_cast<float>(kShortest))});
  return graph.node("Div", {x, safe});
}

Temperature::Temperature()
    : log_inverse_(
          register_parameter("log_inverse", torch::full({1}, std::log(1 / kFirstTemperature)))) {}

torch::Tensor Temperature::inverse() const {
  return log_inverse_.clamp_max(std::log(1 / kLowestTemperature)).exp();
}

torch::Tensor Temperature::forward(const torch::Tensor& x) const {
  return unit_length(x) * inverse();
}

Value Temperature::emit(Graph& graph, const Value& x) const {
  return graph.node("Mul", {emit_unit_length(graph, x), emit_tensor(graph, inverse())});
}

}  // namespace kaskad::train
