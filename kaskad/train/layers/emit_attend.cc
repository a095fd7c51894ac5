#include <cmath>

#include "kaskad/train/layers/attend.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

// (heads, asked, length): the bias of each pair of places by their distance.
Value emit_bias(Graph& graph, const torch::Tensor& bias, const GraphRows& rows) {
  const Value asked =
      rows.newest_only ? emit_from(graph, rows.distance, /*axis=*/0, -1) : rows.distance;
  const Value queries = graph.node("Unsqueeze", {asked, emit_list(graph, {1})});
  const Value keys = graph.node("Unsqueeze", {rows.distance, emit_list(graph, {0})});
  const Value between = graph.node("Abs", {graph.node("Sub", {queries, keys})});
  const Value known = graph.node("Min", {between, graph.scalar(bias.size(1) - 1)});
  return graph.node("Gather", {emit_tensor(graph, bias, "bias"), known}, {{"axis", int64_t{1}}});
}

// Adds -1e9 to the scores of hidden keys; finite, so that a query that sees nothing gives no NaN.
Value emit_hidden(Graph& graph, const Value& scores, const Value& visible) {
  const Value hidden = graph.node("Sub", {visible, graph.scalar(1.0F)});
  return graph.node("Add", {scores, graph.node("Mul", {hidden, graph.scalar(1e9F)})});
}

// 1 / number of visible keys for these, 0 for the others.
Value emit_share(Graph& graph, const Value& visible) {
  const Value number = graph.node("ReduceSum", {visible, emit_list(graph, {-1})});
  return graph.node("Div", {visible, graph.node("Max", {number, graph.scalar(1.0F)})});
}

}  // namespace

Value emit_attend(Graph& graph, const Value& qkv, const torch::Tensor& bias, int64_t dimension,
                  const GraphRows& rows, const AttentionOptions& options) {
  const auto heads_of = [&](const Value& from, int64_t part) {
    return emit_split_heads(graph, emit_part(graph, from, part, dimension), options.heads,
                            dimension);
  };
  const Value q = heads_of(emit_asked(graph, qkv, rows), 0);
  const Value k = heads_of(qkv, 1), v = heads_of(qkv, 2);
  const Value keys = graph.node("Transpose", {k}, {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
  Value weights = graph.node("MatMul", {q, keys});
  if (options.kind == AttentionKind::kSoftmax) {
    const float scale = 1 / std::sqrt(static_cast<float>(dimension / options.heads));
    weights = graph.node("Mul", {weights, graph.scalar(scale)});
    weights =
        graph.node("Softmax", {emit_hidden(graph, weights, rows.visible)}, {{"axis", int64_t{-1}}});
  } else {
    weights = emit_silu(graph, graph.node("Add", {weights, emit_bias(graph, bias, rows)}));
    weights = graph.node("Mul", {weights, emit_share(graph, rows.visible)});
  }
  return emit_join_heads(graph, graph.node("MatMul", {weights, v}), dimension);
}

}  // namespace kaskad::train
