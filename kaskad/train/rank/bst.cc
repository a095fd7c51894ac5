#include "kaskad/train/rank/bst.h"

#include <cmath>

#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/list_graph.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

// A place must hold something, or it would be taken for padding: unknown candidates stand there as
// the begin token does, with a vector of zeros.
EncoderOptions bst_encoder(const Recipe& recipe, bool gaps) {
  EncoderOptions options = EncoderOptions::of(recipe);
  options.time_gaps = gaps;
  options.token_scale = std::sqrt(static_cast<double>(recipe.dimension));
  options.block.max_history = recipe.max_history + 2;  // begin token and candidate
  options.block.causal = false;
  return options;
}

}  // namespace

Bst::Bst(const Recipe& recipe, const RankTask& task) : RankModel(recipe, task) {
  encoder_ =
      register_module("encoder", std::make_shared<Encoder>(bst_encoder(recipe, task.gaps), masks_));
  draw_weights();
}

Tensor Bst::score(const RankBatch& batch) {
  const int64_t lists = batch.tokens.size(0), m = batch.candidates.size(1);
  const int64_t length = batch.tokens.size(1) + 1;
  const auto repeat = [&](const Tensor& x, const Tensor& last) {  // (lists x m, length)
    const Tensor events = x.unsqueeze(1).expand({lists, m, length - 1});
    return torch::cat({events, last.unsqueeze(2)}, 2).view({lists * m, length});
  };
  const Tensor place = torch::full_like(batch.candidates, special_token(task_.num_items));
  const Rows rows(repeat(batch.tokens, place));
  const Tensor tokens = rows.pack(repeat(batch.tokens, batch.candidates));
  const Tensor gaps = repeat(batch.gaps, batch.request_gap.unsqueeze(1).expand({lists, m}));
  Tensor x = embed(tokens);
  if (actions_) {  // the candidate has none
    const Tensor none = torch::full_like(batch.candidates, kNoActionToken);
    x = x + actions_->forward(rows.pack(repeat(batch.actions, none)));
  }
  const Tensor encoded = rows.pad(encoder_->forward(x, gaps, rows)).select(1, -1);
  return head(encoded.view({lists, m, -1}), batch.numbers);
}

RankGraphs Bst::graphs() const {
  const torch::NoGradGuard no_grad;
  ListGraph inputs("bst", task_, task_.gaps);
  Graph& graph = inputs.graph;
  const Value column =
      graph.node("Transpose", {inputs.candidates}, {{"perm", std::vector<int64_t>{1, 0}}});
  const Value none = graph.node("Mul", {column, graph.scalar(int64_t{0})});  // (m, 1)
  const auto repeat = [&](const Value& row, const Value& last) {
    const Value rows = graph.node("Add", {row, none});  // (m, events)
    return graph.node("Concat", {rows, last}, {{"axis", int64_t{1}}});
  };
  const Value place = graph.node("Add", {none, graph.scalar(special_token(task_.num_items))});
  const GraphRows rows = emit_rows(graph, repeat(inputs.history, place));
  Value x = items_->emit(graph, repeat(inputs.history, column));
  if (actions_) {  // `none` is kNoActionToken
    x = graph.node("Add", {x, actions_->emit(graph, repeat(inputs.actions, none))});
  }
  Value gaps;
  if (task_.gaps) gaps = repeat(inputs.gaps, graph.node("Add", {none, inputs.request_gap}));
  const Value encoded = encoder_->emit(graph, x, gaps, rows);  // (m, dimension)
  const Value list = graph.node("Unsqueeze", {encoded, emit_list(graph, {0})});
  return inputs.finish(emit_head(graph, list, inputs.numbers));
}

}  // namespace kaskad::train
