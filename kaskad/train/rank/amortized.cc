#include "kaskad/train/rank/amortized.h"

#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

std::string numbered(const char* name, size_t number) { return name + std::to_string(number); }

// (batch, 1, length, length) bool: keys at padding, and those behind the place when causal.
Tensor hidden_keys(const Tensor& tokens, bool causal) {
  const int64_t batch = tokens.size(0), length = tokens.size(1);
  const Tensor padding = tokens.eq(kPadding).view({batch, 1, 1, length});
  if (!causal) return padding;
  const Tensor later =
      torch::ones({length, length}, tokens.options().dtype(torch::kBool)).triu(/*diagonal=*/1);
  return padding.logical_or(later);
}

}  // namespace

Amortized::Amortized(const Recipe& recipe, const RankTask& task) : RankModel(recipe, task) {
  const int64_t d = recipe.dimension;
  positions_ = register_module("positions", std::make_shared<Embedding>(recipe.max_history + 1, d));
  if (task.gaps) {
    gaps_ = register_module("gaps", std::make_shared<Embedding>(kGapBuckets, d));
    request_gaps_ = register_module("request_gaps", std::make_shared<Embedding>(kGapBuckets, d));
  }
  for (int64_t i = 0; i < recipe.blocks; ++i) {
    blocks_.push_back(register_module("block" + std::to_string(i),
                                      std::make_shared<AmortizedBlock>(recipe, masks_)));
  }
  final_norm_ = register_module("final_norm", std::make_shared<LayerNorm>(d));
  draw_weights();
}

Tensor Amortized::score(const RankBatch& batch) {
  // Places count from the begin token, so that a place keeps its number while the history grows.
  const Tensor place = batch.tokens.ne(kPadding).cumsum(1).sub(1).clamp_min(0);
  Tensor x = embed_events(batch) + positions_->forward(place);
  Tensor c = embed_scaled(batch.candidates);
  if (gaps_) {
    x = x + gaps_->forward(batch.gaps);
    c = c + request_gaps_->forward(batch.request_gap).unsqueeze(1);
  }
  const Tensor hidden = hidden_keys(batch.tokens, recipe_.causal);
  const Tensor padding = batch.tokens.eq(kPadding).view({x.size(0), 1, 1, x.size(1)});
  Tensor absent;
  if (recipe_.sees_list()) absent = batch.real.logical_not().view({c.size(0), 1, 1, c.size(1)});
  for (const auto& block : blocks_) {
    const auto [next, keys] = block->history(x, hidden);
    c = block->candidates(c, keys, padding, absent);
    x = next;
  }
  return head(final_norm_->forward(c), batch.numbers);
}

RankGraphs Amortized::graphs() const {
  const torch::NoGradGuard no_grad;
  return {history_graph(), candidates_graph()};
}

std::vector<Dimension> Amortized::keys_shape(const std::string& places) const {
  return {int64_t{1}, recipe_.heads, places, recipe_.dimension / recipe_.heads};
}

// Of causal models: what the graph gave for the places before these, as inputs. Without names else.
std::vector<AmortizedBlock::GraphKeys> Amortized::emit_past(Graph& graph) const {
  std::vector<AmortizedBlock::GraphKeys> past(blocks_.size());
  const auto shape = keys_shape("past");
  for (size_t i = 0; recipe_.causal && i < blocks_.size(); ++i) {
    past[i].keys = graph.input(numbered("past_keys", i), ElementType::kFloat, shape);
    past[i].values = graph.input(numbered("past_values", i), ElementType::kFloat, shape);
  }
  return past;
}

std::string Amortized::history_graph() const {
  Graph graph("history");
  const Dimension one = int64_t{1}, events = std::string("events");
  const Value tokens = graph.input("history", ElementType::kInt64, {one, events});
  const auto past = emit_past(graph);
  Value first = graph.scalar(int64_t{0}), end = emit_length(graph, tokens, 1);
  if (recipe_.causal) {
    first = emit_length(graph, past.at(0).keys, 2);
    end = graph.node("Add", {first, end});
  }
  const Value place = graph.node("Range", {first, end, graph.scalar(int64_t{1})});
  Value actions;
  if (actions_) actions = graph.input("actions", ElementType::kInt64, {one, events});
  Value x = emit_events(graph, tokens, actions);
  x = graph.node("Add", {x, positions_->emit(graph, place)});
  if (gaps_) {
    const Value gaps = graph.input("gaps", ElementType::kInt64, {one, events});
    x = graph.node("Add", {x, gaps_->emit(graph, gaps)});
  }
  Value visible;
  if (recipe_.causal) {
    const Value all =
        graph.node("Range", {graph.scalar(int64_t{0}), end, graph.scalar(int64_t{1})});
    const Value query = graph.node("Unsqueeze", {place, emit_list(graph, {1})});
    const Value key = graph.node("Unsqueeze", {all, emit_list(graph, {0})});
    visible = emit_cast(graph, graph.node("GreaterOrEqual", {query, key}), ElementType::kFloat);
  }
  const auto shape = keys_shape(recipe_.causal ? "places" : "events");
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const bool last = i + 1 == blocks_.size();
    const auto [next, keys] = last ? std::pair(Value(), blocks_[i]->emit_keys(graph, x, past.at(i)))
                                   : blocks_[i]->emit_history(graph, x, past.at(i), visible);
    graph.output(keys.keys, numbered("keys", i), ElementType::kFloat, shape);
    graph.output(keys.values, numbered("values", i), ElementType::kFloat, shape);
    x = next;
  }
  return graph.to_bytes("1", "history -> keys and values of each layer");
}

std::string Amortized::candidates_graph() const {
  Graph graph("candidates");
  const Dimension one = int64_t{1}, m = std::string("candidates");
  const Value tokens = graph.input("candidates", ElementType::kInt64, {one, m});
  const Value numbers = graph.input("numbers", ElementType::kFloat, {one, m, task_.numbers});
  Value c = emit_scaled(graph, tokens);
  if (gaps_) {
    const Value gap = graph.input("request_gap", ElementType::kInt64, {one});
    const Value row = request_gaps_->emit(graph, gap);  // (1, dimension)
    c = graph.node("Add", {c, graph.node("Unsqueeze", {row, emit_list(graph, {1})})});
  }
  const auto shape = keys_shape("events");
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const AmortizedBlock::GraphKeys keys{
        graph.input(numbered("keys", i), ElementType::kFloat, shape),
        graph.input(numbered("values", i), ElementType::kFloat, shape)};
    c = blocks_[i]->emit_candidates(graph, c, keys);
  }
  const Value scores = emit_head(graph, final_norm_->emit(graph, c), numbers);
  graph.output(scores, "scores", ElementType::kFloat, {one, m, task_.heads});
  return graph.to_bytes("1", "keys and values of the history, candidates -> logits");
}

}  // namespace kaskad::train
