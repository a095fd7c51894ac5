#include "kaskad/train/rank/session_pool.h"

#include <cmath>

#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

using torch::Tensor;

SessionPool::SessionPool(const Recipe& recipe, bool attends,
                         const std::shared_ptr<DropoutMasks>& masks)
    : attends_(attends), by_place_(recipe.position_pooling), dimension_(recipe.dimension) {
  if (recipe.session == SessionKind::kEncoder) {
    EncoderOptions options = EncoderOptions::of(recipe);
    options.time_gaps = false;
    options.block.max_history = recipe.max_history + 1;  // begin token
    options.block.causal = false;
    encoder_ = register_module("encoder", std::make_shared<Encoder>(options, masks));
  } else if (by_place_) {
    alpha_ = register_parameter("alpha", torch::zeros({recipe.max_history + 1}));
  }
}

void SessionPool::start() {
  const torch::NoGradGuard no_grad;
  if (alpha_.defined()) alpha_.copy_(torch::arange(1, alpha_.size(0) + 1).reciprocal());
}

Tensor SessionPool::forward(const Tensor& tokens, const Tensor& events, const Tensor& text) const {
  const Tensor real = tokens.ne(kPadding);
  const Tensor real_float = real.to(events.scalar_type()).unsqueeze(2);  // (lists, length, 1)
  Tensor e = events * real_float, sum;
  if (encoder_) {
    const Rows rows(tokens);
    e = rows.pad(encoder_->forward(rows.pack(events), {}, rows));
    if (by_place_) sum = e.select(1, -1);
  } else if (by_place_) {
    const int64_t length = tokens.size(1);
    sum = (e * alpha_.narrow(0, 0, length).flip(0).view({1, length, 1})).sum(1);
  }
  if (attends_) {
    const Tensor match =
        torch::matmul(e, text.unsqueeze(2)).squeeze(2) / std::sqrt(static_cast<double>(dimension_));
    const Tensor share = match.masked_fill(real.logical_not(), -1e9).softmax(1).unsqueeze(2);
    const Tensor attended = (share * e).sum(1);
    sum = sum.defined() ? sum + attended : attended;
  }
  if (sum.defined()) return sum;
  return e.sum(1) / real_float.sum(1).clamp_min(1);
}

Value SessionPool::emit(Graph& graph, const Value& tokens, const Value& events,
                        const Value& text) const {
  const auto summed = [&](const Value& x) {
    return graph.node("ReduceSum", {x, emit_list(graph, {1})}, {{"keepdims", int64_t{0}}});
  };
  Value e = events, sum;
  bool any = false;
  const GraphRows rows = emit_rows(graph, tokens);
  if (encoder_) {
    e = encoder_->emit_all(graph, events, {}, rows);
    any = by_place_;
    if (by_place_) sum = emit_last(graph, e);
  } else if (by_place_) {
    const Value alpha = graph.node("Gather", {emit_tensor(graph, alpha_, "alpha"), rows.distance},
                                   {{"axis", int64_t{0}}});
    const Value column = graph.node("Unsqueeze", {alpha, emit_list(graph, {0, 2})});
    sum = summed(graph.node("Mul", {e, column}));
    any = true;
  }
  if (attends_) {
    const Value column = graph.node("Unsqueeze", {text, emit_list(graph, {2})});
    const auto scale = 1 / std::sqrt(static_cast<float>(dimension_));
    const Value match = graph.node("Mul", {graph.node("MatMul", {e, column}), graph.scalar(scale)});
    const Value share = graph.node("Softmax", {match}, {{"axis", int64_t{1}}});
    const Value attended = summed(graph.node("Mul", {share, e}));
    sum = any ? graph.node("Add", {sum, attended}) : attended;
    any = true;
  }
  if (any) return sum;
  return graph.node("ReduceMean", {e},
                    {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
}

}  // namespace kaskad::train
