#include "kaskad/train/rank/transact.h"

#include <algorithm>
#include <cmath>

#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/list_graph.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr int64_t kNewest = 10;  // places that go into the head as they are

EncoderOptions transact_encoder(const Recipe& recipe, bool gaps) {
  EncoderOptions options = EncoderOptions::of(recipe);
  options.time_gaps = gaps;
  // Vectors are scaled by sqrt(d) in front of W already, whose N(0, 0.02) makes them smaller again.
  options.token_scale = std::sqrt(static_cast<double>(recipe.dimension));
  options.block.max_history = recipe.max_history + 1;  // begin token
  options.block.causal = false;
  return options;
}

}  // namespace

Transact::Transact(const Recipe& recipe, const RankTask& task)
    : RankModel(recipe, task, (1 + kNewest) * recipe.dimension) {
  const int64_t d = recipe.dimension;
  if (task.gaps) {
    request_gaps_ = register_module("request_gaps", std::make_shared<Embedding>(kGapBuckets, d));
  }
  of_event_ = register_module("of_event", std::make_shared<Linear>(d, d, /*bias=*/true));
  of_candidate_ = register_module("of_candidate", std::make_shared<Linear>(d, d, /*bias=*/false));
  encoder_ = register_module(
      "encoder", std::make_shared<Encoder>(transact_encoder(recipe, task.gaps), masks_));
  draw_weights();
}

Tensor Transact::score(const RankBatch& batch) {
  const int64_t lists = batch.tokens.size(0), m = batch.candidates.size(1);
  const int64_t length = batch.tokens.size(1);
  const auto repeat = [&](const Tensor& x) {  // (lists, length) -> (lists x m, length)
    return x.unsqueeze(1).expand({lists, m, length}).reshape({lists * m, length});
  };
  Tensor c = embed_scaled(batch.candidates);
  if (request_gaps_) c = c + request_gaps_->forward(batch.request_gap).unsqueeze(1);
  Tensor of_event = of_event_->forward(embed_scaled(batch.tokens));
  if (actions_) of_event = of_event + actions_->forward(batch.actions);
  const Tensor of_candidate = of_candidate_->forward(c).unsqueeze(2);
  const Tensor x =
      (of_event.unsqueeze(1) + of_candidate).view({lists * m, length, recipe_.dimension});
  const Tensor tokens = repeat(batch.tokens);
  const Rows rows(tokens);
  const Tensor encoded = rows.pad(encoder_->forward(rows.pack(x), repeat(batch.gaps), rows));
  return head(summary(encoded, tokens.eq(kPadding)).view({lists, m, -1}), batch.numbers);
}

Tensor Transact::summary(const Tensor& encoded, const Tensor& padding) const {
  const Tensor largest = encoded.masked_fill(padding.unsqueeze(2), -1e9).amax(1);
  const int64_t known = std::min(kNewest, encoded.size(1));
  const Tensor newest = encoded.narrow(1, encoded.size(1) - known, known).flatten(1);
  const Tensor none = torch::zeros({encoded.size(0), (kNewest - known) * recipe_.dimension});
  return torch::cat({largest, none, newest}, 1);
}

RankGraphs Transact::graphs() const {
  const torch::NoGradGuard no_grad;
  ListGraph list("transact", task_, task_.gaps);
  Graph& graph = list.graph;
  Value c = emit_scaled(graph, list.candidates);  // (1, m, dimension)
  if (request_gaps_) c = graph.node("Add", {c, request_gaps_->emit(graph, list.request_gap)});
  Value of_event = of_event_->emit(graph, emit_scaled(graph, list.history));
  if (actions_) of_event = graph.node("Add", {of_event, actions_->emit(graph, list.actions)});
  const Value of_candidate = graph.node("Transpose", {of_candidate_->emit(graph, c)},
                                        {{"perm", std::vector<int64_t>{1, 0, 2}}});
  const Value x = graph.node("Add", {of_event, of_candidate});  // (m, events, dimension)
  const GraphRows rows = emit_rows(graph, list.history);
  const Value encoded = encoder_->emit_all(graph, x, list.gaps, rows);
  const Value pairs =
      graph.node("Unsqueeze", {emit_summary(graph, encoded), emit_list(graph, {0})});
  return list.finish(emit_head(graph, pairs, list.numbers));
}

Value Transact::emit_summary(Graph& graph, const Value& encoded) const {
  const Value largest = graph.node("ReduceMax", {encoded},
                                   {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  const Value filled = graph.node("Pad", {encoded, emit_list(graph, {0, kNewest, 0, 0, 0, 0})});
  const Value newest = emit_from(graph, filled, /*axis=*/1, -kNewest);
  const Value flat =
      graph.node("Reshape", {newest, emit_list(graph, {0, kNewest * recipe_.dimension})});
  return graph.node("Concat", {largest, flat}, {{"axis", int64_t{1}}});
}

}  // namespace kaskad::train
