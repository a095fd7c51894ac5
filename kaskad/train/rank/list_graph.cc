#include "kaskad/train/rank/list_graph.h"

namespace kaskad::train {

ListGraph::ListGraph(const std::string& name, const RankTask& task, bool gaps_asked)
    : graph(name), heads_(task.heads) {
  const Dimension one = int64_t{1}, m = std::string("candidates"), events = std::string("events");
  history = graph.input("history", ElementType::kInt64, {one, events});
  candidates = graph.input("candidates", ElementType::kInt64, {one, m});
  numbers = graph.input("numbers", ElementType::kFloat, {one, m, task.numbers});
  if (task.actions > 0) actions = graph.input("actions", ElementType::kInt64, {one, events});
  if (!gaps_asked) return;
  gaps = graph.input("gaps", ElementType::kInt64, {one, events});
  request_gap = graph.input("request_gap", ElementType::kInt64, {one});
}

RankGraphs ListGraph::finish(const Value& scores) {
  graph.output(scores, "scores", ElementType::kFloat,
               {int64_t{1}, std::string("candidates"), heads_});
  return {.history = "", .candidates = graph.to_bytes("1", "history, candidates -> logits")};
}

}  // namespace kaskad::train
