#include "kaskad/train/layers/pooling.h"

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

// g begins at 0.88: the newest eight events or so.
constexpr float kFirstDecay = 2;

}  // namespace

Pooling::Pooling(bool decayed, int64_t max_history) : max_history_(max_history) {
  if (decayed) decay_ = register_parameter("decay", torch::full({1}, kFirstDecay));
}

torch::Tensor Pooling::weight(const torch::Tensor& distance) const {
  const torch::Tensor numbers = distance.to(torch::kFloat32);
  return decay_.defined() ? (numbers * torch::log_sigmoid(decay_)).exp()
                          : torch::ones_like(numbers);
}

torch::Tensor Pooling::forward(const torch::Tensor& x, const Rows& rows) const {
  const torch::Tensor place = torch::arange(rows.length, rows.place.options());
  const torch::Tensor back = place.unsqueeze(1) - place.unsqueeze(0);
  const torch::Tensor weights = weight(back.clamp_min(0)).tril();  // (length, length)
  // A column of ones behind x gives the sum of the weights in the same product.
  const torch::Tensor both = rows.pad(torch::cat({x, torch::ones({x.size(0), 1}, x.options())}, 1));
  const torch::Tensor sums = rows.pack(torch::matmul(weights, both));
  return sums.narrow(1, 0, x.size(1)) / sums.narrow(1, x.size(1), 1);
}

Value Pooling::emit(Graph& graph, const Value& x, const GraphRows& rows) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor powers = weight(torch::arange(max_history_, torch::kInt64)
                                          .to(decay_.defined() ? decay_.device() : torch::kCPU))
                                   .unsqueeze(1);  // (max_history, 1)
  const Value by_place = graph.node("Gather", {emit_tensor(graph, powers, "decay"), rows.distance},
                                    {{"axis", int64_t{0}}});
  const Value weights = graph.node("Mul", {rows.real, by_place});  // (batch, length, 1)
  const auto sum = [&](const Value& of) {
    return graph.node("ReduceSum", {of, emit_list(graph, {1})}, {{"keepdims", int64_t{0}}});
  };
  // An empty history is 0 / 1.
  const Value total = sum(weights);
  const Value none =
      emit_cast(graph, graph.node("Equal", {total, graph.scalar(0.0F)}), ElementType::kFloat);
  return graph.node("Div",
                    {sum(graph.node("Mul", {x, weights})), graph.node("Add", {total, none})});
}

}  // namespace kaskad::train
