#include "kaskad/train/rank/din.h"

#include "kaskad/train/layers/emit.h"
#include "kaskad/train/rank/list_graph.h"

namespace kaskad::train {

using torch::Tensor;

Din::Din(const Recipe& recipe, const RankTask& task)
    : RankModel(recipe, task, 2 * recipe.dimension) {
  const int64_t d = recipe.dimension;
  const int64_t inner = recipe.feed_forward > 0 ? recipe.feed_forward : d;
  of_event_ = register_module("of_event", std::make_shared<Linear>(d, inner, /*bias=*/true));
  of_candidate_ =
      register_module("of_candidate", std::make_shared<Linear>(d, inner, /*bias=*/false));
  of_product_ = register_module("of_product", std::make_shared<Linear>(d, inner, /*bias=*/false));
  out_ = register_module("out", std::make_shared<Linear>(inner, 1, /*bias=*/true));
  dropout_ = register_module("dropout", std::make_shared<Dropout>(recipe.dropout, masks_));
  draw_weights();
}

Tensor Din::score(const RankBatch& batch) {
  const Tensor e = embed_events(batch);             // (lists, length, d), zeros at padding
  const Tensor c = embed_scaled(batch.candidates);  // (lists, m, d)
  const Tensor product = of_product_->forward(e.unsqueeze(1) * c.unsqueeze(2));
  const Tensor inner = torch::relu(product + of_event_->forward(e).unsqueeze(1) +
                                   of_candidate_->forward(c).unsqueeze(2));
  const Tensor weights = 1 + out_->forward(dropout_->forward(inner)).squeeze(3);
  return head(torch::cat({torch::matmul(weights, e), c}, 2), batch.numbers);
}

RankGraphs Din::graphs() const {
  const torch::NoGradGuard no_grad;
  ListGraph list("din", task_, /*gaps=*/false);
  Graph& graph = list.graph;
  const Value e = emit_events(graph, list.history, list.actions);
  const Value c = emit_scaled(graph, list.candidates);
  const auto unsqueeze = [&](const Value& x, int64_t axis) {
    return graph.node("Unsqueeze", {x, emit_list(graph, {axis})});
  };
  const Value pairs = graph.node("Mul", {unsqueeze(e, 1), unsqueeze(c, 2)});
  const Value sides = graph.node("Add", {unsqueeze(of_event_->emit(graph, e), 1),
                                         unsqueeze(of_candidate_->emit(graph, c), 2)});
  const Value inner =
      graph.node("Relu", {graph.node("Add", {of_product_->emit(graph, pairs), sides})});
  const Value told = graph.node("Squeeze", {out_->emit(graph, inner), emit_list(graph, {3})});
  const Value weights = graph.node("Add", {told, graph.scalar(1.0F)});  // (1, m, events)
  const Value interest = graph.node("MatMul", {weights, e});
  const Value both = graph.node("Concat", {interest, c}, {{"axis", int64_t{2}}});
  return list.finish(emit_head(graph, both, list.numbers));
}

}  // namespace kaskad::train
