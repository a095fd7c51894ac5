// The same model as one transformer over history and candidates with a dense mask: what one gets
// without the split into two streams, quadratic in events + candidates. Tests hold the split to it,
// and benchmarks time it.
#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/amortized.h"
#include "kaskad/train/rank/list_graph.h"

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
  ListGraph list("dense", task_, gaps_ != nullptr);
  Graph& graph = list.graph;
  const Value n = emit_length(graph, list.history, 1);
  const Value place = graph.node("Range", {graph.scalar(int64_t{0}), n, graph.scalar(int64_t{1})});
  Value x = emit_events(graph, list.history, list.actions);
  x = graph.node("Add", {x, positions_->emit(graph, place)});
  Value c = emit_scaled(graph, list.candidates);
  if (gaps_) {
    x = graph.node("Add", {x, gaps_->emit(graph, list.gaps)});
    const Value row = request_gaps_->emit(graph, list.request_gap);
    c = graph.node("Add", {c, emit_unsqueeze(graph, row, 1)});
  }
  const Value places = graph.node("Add", {n, emit_length(graph, list.candidates, 1)});
  const Value visible = emit_dense_mask(graph, n, places, recipe_.causal, recipe_.candidate_mask);
  x = graph.node("Concat", {x, c}, {{"axis", int64_t{1}}});
  for (const auto& block : blocks_) x = block->emit_history(graph, x, {}, visible).first;
  const Value of_candidates = graph.node(
      "Slice",
      {x, emit_unsqueeze(graph, n, 0), emit_unsqueeze(graph, places, 0), emit_list(graph, {1})});
  return list.finish(emit_head(graph, final_norm_->emit(graph, of_candidates), list.numbers))
      .candidates;
}

}  // namespace kaskad::train
