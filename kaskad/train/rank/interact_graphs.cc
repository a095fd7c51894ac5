// The ONNX files of InteractRank.
#include <cmath>

#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/interact_rank.h"

namespace kaskad::train {

// One request: history, query, user -> (1, heads, dimension), the weight of the dot in it.
std::string InteractRank::query_graph() const {
  Graph graph("query");
  QueryTower::Inputs inputs;
  if (query_tower_->asks_session()) {
    const Dimension one = int64_t{1}, length = std::string("events");
    inputs.tokens = graph.input("history", ElementType::kInt64, {one, length});
    Value actions;
    if (actions_) actions = graph.input("actions", ElementType::kInt64, {one, length});
    if (query_tower_->asks_ages()) {
      inputs.ages = graph.input("ages", ElementType::kInt64, {one, length});
    }
    inputs.events = emit_events(graph, inputs.tokens, actions);
  }
  const Value unit = emit_unit_length(graph, query_tower_->emit(graph, inputs));
  Value out = graph.node("Mul", {unit, emit_tensor(graph, dot_weight())});
  if (query_tower_->outputs() != task_.heads) {
    const Value shape = emit_list(graph, {1, task_.heads, recipe_.dimension});
    out = graph.node("Expand", {out, shape});
  }
  graph.output(out, "heads", ElementType::kFloat, {int64_t{1}, task_.heads, recipe_.dimension});
  return graph.to_bytes("1", "request -> query vectors, one a head");
}

// Items: id (0: not learned) and features -> (items, dimension).
std::string InteractRank::item_graph() const {
  Graph graph("item");
  const Dimension any = std::string("items");
  const Value ids = graph.input("id", ElementType::kInt64, {any});
  Value x = items_->emit_ids(graph, ids);
  if (items_->features() != nullptr) {
    x = graph.node("Add", {x, items_->features()->emit(graph)});
  }
  const auto scale = std::sqrt(static_cast<float>(recipe_.dimension));
  const Value scaled = graph.node("Mul", {x, graph.scalar(scale)});
  const Value out = emit_unit_length(graph, item_tower_->emit(graph, scaled));
  graph.output(out, "item", ElementType::kFloat, {any, recipe_.dimension});
  return graph.to_bytes("1", "what is known of items -> vectors");
}

}  // namespace kaskad::train
