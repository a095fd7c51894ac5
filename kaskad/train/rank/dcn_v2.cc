#include "kaskad/train/rank/dcn_v2.h"

#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/list_graph.h"

namespace kaskad::train {

using torch::Tensor;

DcnV2::DcnV2(const Recipe& recipe, const RankTask& task)
    : RankModel(recipe, task, 2 * recipe.dimension + task.numbers) {
  for (int64_t i = 0; i < recipe.cross_layers; ++i) {
    layers_.push_back(register_module(
        "cross" + std::to_string(i),
        std::make_shared<CrossLayer>(2 * recipe.dimension + task.numbers, recipe.cross_rank)));
  }
  dropout_ = register_module("dropout", std::make_shared<Dropout>(recipe.dropout, masks_));
  draw_weights();
}

Tensor DcnV2::score(const RankBatch& batch) {
  const Tensor c = embed_scaled(batch.candidates);  // (lists, m, d)
  const Tensor count = batch.tokens.ne(kPadding).sum(1, /*keepdim=*/true);
  const Tensor mean = embed_events(batch).sum(1) / count;  // padding is zeros
  const Tensor x0 = torch::cat({mean.unsqueeze(1).expand_as(c), c, batch.numbers}, 2);
  Tensor x = x0;
  for (const auto& layer : layers_) x = layer->forward(x0, x);
  return head(dropout_->forward(x), batch.numbers);
}

RankGraphs DcnV2::graphs() const {
  const torch::NoGradGuard no_grad;
  ListGraph list("dcn_v2", task_, /*gaps=*/false);
  Graph& graph = list.graph;
  const Value c = emit_scaled(graph, list.candidates);
  const Value mean = graph.node("ReduceMean", {emit_events(graph, list.history, list.actions)},
                                {{"axes", std::vector<int64_t>{1}}});  // (1, 1, d)
  const Value repeated = graph.node("Expand", {mean, graph.node("Shape", {c})});
  const Value x0 = graph.node("Concat", {repeated, c, list.numbers}, {{"axis", int64_t{2}}});
  Value x = x0;
  for (const auto& layer : layers_) x = layer->emit(graph, x0, x);
  return list.finish(emit_head(graph, x, list.numbers));
}

}  // namespace kaskad::train
