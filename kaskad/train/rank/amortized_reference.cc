// The same model as one transformer over history and candidates with a dense mask: what one gets
// without the split into two streams, quadratic in events + candidates. Tests hold the split to it,
// and benchmarks time it.
#include <cmath>

#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/amortized.h"

namespace kaskad::train {
namespace {

Value emit_unsqueeze(Graph& graph, const Value& x, int64_t axis) {
  return graph.node("Unsqueeze", {x, emit_list(graph, {axis})});
}

// float (places, places): 1 where a query sees a key; the first `events` places are the history.
Value emit_dense_mask(Graph& graph, const Value& events, const Value& places, bool causal,
                      CandidateMask mask) {
  const Value place =
      graph.node("Range", {graph.scalar(int64_t{0}), places, graph.scalar(int64_t{1})});
  const Value query = emit_unsqueeze(graph, place, 1), key = emit_unsqueeze(graph, place, 0);
  Value visible = graph.node("Less", {key, events});  // (1, places)
  // Every query sees at least the begin token, so one row holds for all of them; Expand writes it
  // out, as a dense mask is.
  const Value all =
      graph.node("Concat", {emit_unsqueeze(graph, places, 0), emit_unsqueeze(graph, places, 0)},
                 {{"axis", int64_t{0}}});
  visible = graph.node("Expand", {visible, all});
  if (causal) {
    visible = graph.node("And", {visible, graph.node("GreaterOrEqual", {query, key})});
  }
  if (mask == CandidateMask::kHistorySelf) {
    visible = graph.node("Or", {visible, graph.node("Equal", {query, key})});
  }
  if (mask == CandidateMask::kList) {
    visible = graph.node("Or", {visible, graph.node("GreaterOrEqual", {query, events})});
  }
  return emit_cast(graph, visible, ElementType::kFloat);
}

}  // namespace

std::string Amortized::reference_graph() const {
  const torch::NoGradGuard no_grad;
  Graph graph("dense");
  const Dimension one = int64_t{1}, m = std::string("candidates"), events = std::string("events");
  const Value history = graph.input("history", ElementType::kInt64, {one, events});
  const Value candidates = graph.input("candidates", ElementType::kInt64, {one, m});
  const Value numbers = graph.input("numbers", ElementType::kFloat, {one, m, task_.numbers});
  const auto length_of = [&](const Value& tokens) {
    return graph.node("Gather", {graph.node("Shape", {tokens}), graph.scalar(int64_t{1})},
                      {{"axis", int64_t{0}}});
  };
  const Value n = length_of(history);
  const Value scale = graph.scalar(std::sqrt(static_cast<float>(recipe_.dimension)));
  const Value place = graph.node("Range", {graph.scalar(int64_t{0}), n, graph.scalar(int64_t{1})});
  Value x = graph.node("Mul", {items_->emit(graph, history), scale});
  x = graph.node("Add", {x, positions_->emit(graph, place)});
  Value c = graph.node("Mul", {items_->emit(graph, candidates), scale});
  if (gaps_) {
    const Value gaps = graph.input("gaps", ElementType::kInt64, {one, events});
    x = graph.node("Add", {x, gaps_->emit(graph, gaps)});
    const Value row =
        request_gaps_->emit(graph, graph.input("request_gap", ElementType::kInt64, {one}));
    c = graph.node("Add", {c, emit_unsqueeze(graph, row, 1)});
  }
  const Value places = graph.node("Add", {n, length_of(candidates)});
  const Value visible = emit_dense_mask(graph, n, places, recipe_.causal, recipe_.candidate_mask);
  x = graph.node("Concat", {x, c}, {{"axis", int64_t{1}}});
  for (const auto& block : blocks_) x = block->emit_history(graph, x, {}, visible).first;
  const Value of_candidates = graph.node(
      "Slice",
      {x, emit_unsqueeze(graph, n, 0), emit_unsqueeze(graph, places, 0), emit_list(graph, {1})});
  const Value scores = emit_head(graph, final_norm_->emit(graph, of_candidates), numbers);
  graph.output(scores, "scores", ElementType::kFloat, {one, m, task_.heads});
  return graph.to_bytes("1", "history and candidates under one dense mask -> logits");
}

}  // namespace kaskad::train
