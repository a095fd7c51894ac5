#include "kaskad/train/rank/rank_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/rank/amortized.h"
#include "kaskad/train/rank/bst.h"
#include "kaskad/train/rank/dcn_v2.h"
#include "kaskad/train/rank/din.h"
#include "kaskad/train/rank/interact_rank.h"
#include "kaskad/train/rank/rank_loss.h"
#include "kaskad/train/rank/transact.h"

namespace kaskad::train {

RankModel::RankModel(const Recipe& recipe, const RankTask& task, int64_t width)
    : recipe_(recipe),
      task_(task),
      masks_(register_module("masks", std::make_shared<DropoutMasks>(recipe.seed))),
      items_(register_module(
          "items", std::make_shared<ItemTable>(task.num_items, recipe.dimension, task.features))) {
  const int64_t d = recipe.dimension;
  if (task.actions > 0) {
    actions_ = register_module("actions", std::make_shared<ActionTable>(task.actions, d));
  }
  if (width == 0) return;
  const int64_t all = width + task.numbers;
  for (int64_t i = 0; i < recipe.head_cross_layers; ++i) {
    head_cross_.push_back(register_module("head_cross" + std::to_string(i),
                                          std::make_shared<CrossLayer>(all, recipe.cross_rank)));
  }
  head_in_ = register_module("head_in", std::make_shared<Linear>(all, d, /*bias=*/true));
  head_out_ = register_module("head_out", std::make_shared<Linear>(d, task.heads, /*bias=*/true));
}

void RankModel::draw_weights() {
  const torch::NoGradGuard no_grad;
  const torch::Generator generator = at::detail::createCPUGenerator(recipe_.seed);
  for (torch::Tensor& parameter : parameters()) {
    if (parameter.dim() > 1) parameter.normal_(0, recipe_.init_std, generator);
  }
  items_->clear_padding();
  if (actions_) actions_->clear_none();
}

torch::Tensor RankModel::loss(const RankBatch& batch, const torch::Tensor& weights) {
  return rank_loss(score(batch), batch, recipe_, weights);
}

torch::Tensor RankModel::embed(const torch::Tensor& tokens) const {
  const torch::Tensor flat = tokens.flatten();
  const torch::Tensor place = flat.ne(kPadding).nonzero().flatten();
  const torch::Tensor known = items_->tokens(flat.index_select(0, place));
  std::vector<int64_t> shape = tokens.sizes().vec();
  shape.push_back(recipe_.dimension);
  return torch::zeros({flat.size(0), recipe_.dimension}, known.options())
      .index_copy(0, place, known)
      .view(shape);
}

torch::Tensor RankModel::embed_scaled(const torch::Tensor& tokens) const {
  return embed(tokens) * std::sqrt(static_cast<double>(recipe_.dimension));
}

torch::Tensor RankModel::embed_events(const RankBatch& batch) const {
  if (!actions_) return embed_scaled(batch.tokens);
  const torch::Tensor both = embed(batch.tokens) + actions_->forward(batch.actions);
  return both * std::sqrt(static_cast<double>(recipe_.dimension));
}

Value RankModel::emit_scaled(Graph& graph, const Value& tokens) const {
  return emit_times_root(graph, items_->emit(graph, tokens));
}

Value RankModel::emit_events(Graph& graph, const Value& tokens, const Value& actions) const {
  const Value items = items_->emit(graph, tokens);
  if (!actions_) return emit_times_root(graph, items);
  return emit_times_root(graph, graph.node("Add", {items, actions_->emit(graph, actions)}));
}

Value RankModel::emit_times_root(Graph& graph, const Value& x) const {
  const auto scale = std::sqrt(static_cast<float>(recipe_.dimension));
  return graph.node("Mul", {x, graph.scalar(scale)});
}

torch::Tensor RankModel::head(const torch::Tensor& c, const torch::Tensor& numbers) const {
  const torch::Tensor x0 = torch::cat({c, numbers}, -1);
  torch::Tensor x = x0;
  for (const auto& layer : head_cross_) x = layer->forward(x0, x);
  return head_out_->forward(torch::relu(head_in_->forward(x)));
}

Value RankModel::emit_head(Graph& graph, const Value& c, const Value& numbers) const {
  const Value x0 = graph.node("Concat", {c, numbers}, {{"axis", int64_t{-1}}});
  Value x = x0;
  for (const auto& layer : head_cross_) x = layer->emit(graph, x0, x);
  return head_out_->emit(graph, graph.node("Relu", {head_in_->emit(graph, x)}));
}

std::shared_ptr<RankModel> make_rank_model(const Recipe& recipe, const RankTask& task) {
  switch (recipe.model) {
    case ModelKind::kAmortized:
      return std::make_shared<Amortized>(recipe, task);
    case ModelKind::kBst:
      return std::make_shared<Bst>(recipe, task);
    case ModelKind::kTransact:
      return std::make_shared<Transact>(recipe, task);
    case ModelKind::kDin:
      return std::make_shared<Din>(recipe, task);
    case ModelKind::kDcnV2:
      return std::make_shared<DcnV2>(recipe, task);
    case ModelKind::kInteractRank:
      return std::make_shared<InteractRank>(recipe, task);
    default:
      throw Error("recipe, key 'model': found \"" + to_string(recipe.model) + "\", expected " +
                  std::string(kRankingModels) + ": the others retrieve");
  }
}

}  // namespace kaskad::train
