#include <cmath>

#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/amortized.h"

namespace kaskad::train {

using torch::Tensor;

AmortizedBlock::AmortizedBlock(const Recipe& recipe, const std::shared_ptr<DropoutMasks>& masks)
    : dimension_(recipe.dimension),
      heads_(recipe.heads),
      self_(recipe.candidate_mask == CandidateMask::kHistorySelf),
      list_(recipe.candidate_mask == CandidateMask::kList) {
  const int64_t d = dimension_;
  const int64_t inner = recipe.feed_forward > 0 ? recipe.feed_forward : 4 * d;
  norm1_ = register_module("norm1", std::make_shared<LayerNorm>(d));
  norm2_ = register_module("norm2", std::make_shared<LayerNorm>(d));
  in_ = register_module("in", std::make_shared<Linear>(d, 3 * d, /*bias=*/true));
  out_ = register_module("out", std::make_shared<Linear>(d, d, /*bias=*/true));
  feed_forward_ = register_module(
      "feed_forward",
      std::make_shared<FeedForward>(d, inner, Activation::kRelu, recipe.dropout, masks));
  dropout_ = register_module("dropout", std::make_shared<Dropout>(recipe.dropout, masks));
}

// (batch, places, 3 x dimension) -> (batch, heads, places, size)
Tensor AmortizedBlock::split(const Tensor& qkv, int64_t part) const {
  return qkv.narrow(2, part * dimension_, dimension_)
      .view({qkv.size(0), qkv.size(1), heads_, dimension_ / heads_})
      .transpose(1, 2);
}

Tensor AmortizedBlock::finish(const Tensor& x, const Tensor& attended) const {
  const Tensor joined = attended.transpose(1, 2).reshape(x.sizes());
  const Tensor y = x + dropout_->forward(out_->forward(joined));
  return y + dropout_->forward(feed_forward_->forward(norm2_->forward(y)));
}

std::pair<Tensor, AmortizedBlock::Keys> AmortizedBlock::history(const Tensor& x,
                                                                const Tensor& hidden) const {
  const Tensor qkv = in_->forward(norm1_->forward(x));
  const Keys keys{split(qkv, 1), split(qkv, 2)};
  const double scale = 1 / std::sqrt(static_cast<double>(dimension_ / heads_));
  const Tensor scores = torch::matmul(split(qkv, 0), keys.keys.transpose(-1, -2)) * scale;
  const Tensor weights = scores.masked_fill(hidden, -1e9).softmax(-1);
  return {finish(x, torch::matmul(dropout_->forward(weights), keys.values)), keys};
}

Tensor AmortizedBlock::candidates(const Tensor& c, const Keys& keys, const Tensor& hidden,
                                  const Tensor& hidden_candidates) const {
  const Tensor qkv = in_->forward(norm1_->forward(c));
  const double scale = 1 / std::sqrt(static_cast<double>(dimension_ / heads_));
  const Tensor query = split(qkv, 0) * scale;
  if (list_) {
    const Tensor all = torch::cat({keys.keys, split(qkv, 1)}, 2);
    const Tensor unseen = torch::cat({hidden, hidden_candidates}, 3);
    const Tensor weights =
        torch::matmul(query, all.transpose(-1, -2)).masked_fill(unseen, -1e9).softmax(-1);
    const Tensor values = torch::cat({keys.values, split(qkv, 2)}, 2);
    return finish(c, torch::matmul(dropout_->forward(weights), values));
  }
  Tensor scores = torch::matmul(query, keys.keys.transpose(-1, -2)).masked_fill(hidden, -1e9);
  if (!self_) {
    return finish(c, torch::matmul(dropout_->forward(scores.softmax(-1)), keys.values));
  }
  const Tensor own = (query * split(qkv, 1)).sum(-1, /*keepdim=*/true);
  const Tensor weights = dropout_->forward(torch::cat({scores, own}, -1).softmax(-1));
  const int64_t length = keys.keys.size(2);
  const Tensor of_history = torch::matmul(weights.narrow(-1, 0, length), keys.values);
  return finish(c, of_history + weights.narrow(-1, length, 1) * split(qkv, 2));
}

Value AmortizedBlock::emit_part_of(Graph& graph, const Value& qkv, int64_t part) const {
  return emit_split_heads(graph, emit_part(graph, qkv, part, dimension_), heads_, dimension_);
}

Value AmortizedBlock::emit_finish(Graph& graph, const Value& x, const Value& attended) const {
  const Value joined = emit_join_heads(graph, attended, dimension_);
  const Value y = graph.node("Add", {x, out_->emit(graph, joined)});
  return graph.node("Add", {y, feed_forward_->emit(graph, norm2_->emit(graph, y))});
}

namespace {

Value emit_scores(Graph& graph, const Value& query, const Value& keys, int64_t size) {
  const float scale = 1 / std::sqrt(static_cast<float>(size));
  const Value turned =
      graph.node("Transpose", {keys}, {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
  return graph.node("MatMul", {graph.node("Mul", {query, graph.scalar(scale)}), turned});
}

Value emit_softmax(Graph& graph, const Value& scores) {
  return graph.node("Softmax", {scores}, {{"axis", int64_t{-1}}});
}

}  // namespace

AmortizedBlock::GraphKeys AmortizedBlock::emit_behind(Graph& graph, const GraphKeys& past,
                                                      const GraphKeys& keys) const {
  if (past.keys.name.empty()) return keys;
  return {graph.node("Concat", {past.keys, keys.keys}, {{"axis", int64_t{2}}}),
          graph.node("Concat", {past.values, keys.values}, {{"axis", int64_t{2}}})};
}

AmortizedBlock::GraphKeys AmortizedBlock::emit_keys(Graph& graph, const Value& x,
                                                    const GraphKeys& past) const {
  const Value both =
      in_->emit(graph, norm1_->emit(graph, x), /*first=*/dimension_, /*count=*/2 * dimension_);
  return emit_behind(graph, past, {emit_part_of(graph, both, 0), emit_part_of(graph, both, 1)});
}

std::pair<Value, AmortizedBlock::GraphKeys> AmortizedBlock::emit_history(
    Graph& graph, const Value& x, const GraphKeys& past, const Value& visible) const {
  const Value qkv = in_->emit(graph, norm1_->emit(graph, x));
  const GraphKeys keys =
      emit_behind(graph, past, {emit_part_of(graph, qkv, 1), emit_part_of(graph, qkv, 2)});
  Value scores = emit_scores(graph, emit_part_of(graph, qkv, 0), keys.keys, dimension_ / heads_);
  if (!visible.name.empty()) {
    const Value hidden = graph.node("Sub", {visible, graph.scalar(1.0F)});
    scores = graph.node("Add", {scores, graph.node("Mul", {hidden, graph.scalar(1e9F)})});
  }
  const Value attended = graph.node("MatMul", {emit_softmax(graph, scores), keys.values});
  return {emit_finish(graph, x, attended), keys};
}

Value AmortizedBlock::emit_candidates(Graph& graph, const Value& c, const GraphKeys& keys) const {
  // Only candidates that are seen have keys and values.
  const int64_t asked = (list_ || self_ ? 3 : 1) * dimension_;
  const Value qkv = in_->emit(graph, norm1_->emit(graph, c), 0, asked);
  const Value query = emit_part_of(graph, qkv, 0);
  const int64_t size = dimension_ / heads_;
  if (list_) {
    const auto behind = [&](const Value& of_history, int64_t part) {
      return graph.node("Concat", {of_history, emit_part_of(graph, qkv, part)},
                        {{"axis", int64_t{2}}});
    };
    const Value all = emit_scores(graph, query, behind(keys.keys, 1), size);
    const Value values = behind(keys.values, 2);
    return emit_finish(graph, c, graph.node("MatMul", {emit_softmax(graph, all), values}));
  }
  const Value scores = emit_scores(graph, query, keys.keys, size);
  if (!self_) {
    return emit_finish(graph, c, graph.node("MatMul", {emit_softmax(graph, scores), keys.values}));
  }
  const float scale = 1 / std::sqrt(static_cast<float>(size));
  const Value product = graph.node("Mul", {query, emit_part_of(graph, qkv, 1)});
  const Value sum = graph.node("ReduceSum", {product, emit_list(graph, {-1})});
  const Value own = graph.node("Mul", {sum, graph.scalar(scale)});
  const Value both = graph.node("Concat", {scores, own}, {{"axis", int64_t{-1}}});
  const Value weights = emit_softmax(graph, both);
  const Value axis = emit_list(graph, {-1});
  const Value first =
      graph.node("Slice", {weights, emit_list(graph, {0}), emit_list(graph, {-1}), axis});
  const Value of_history = graph.node("MatMul", {first, keys.values});
  const Value last = emit_from(graph, weights, /*axis=*/-1, -1);
  const Value of_self = graph.node("Mul", {last, emit_part_of(graph, qkv, 2)});
  return emit_finish(graph, c, graph.node("Add", {of_history, of_self}));
}

}  // namespace kaskad::train
