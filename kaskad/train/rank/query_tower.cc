#include "kaskad/train/rank/query_tower.h"

#include <cmath>

#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

using torch::Tensor;

QueryTower::QueryTower(const Recipe& recipe, const RankTask& task,
                       const std::shared_ptr<DropoutMasks>& masks)
    : dimension_(recipe.dimension),
      outputs_(recipe.head_vectors ? task.heads : 1),
      scale_(std::sqrt(static_cast<double>(recipe.dimension))) {
  const int64_t d = dimension_;
  const auto table = [&](const char* name, int64_t rows) {
    return register_module(name, std::make_shared<Embedding>(rows, d));
  };
  const auto net = [&](const char* name) {
    return register_module(name, std::make_shared<GroupNet>(d));
  };
  const QuerySide* side = task.query_side;
  if (side && recipe.query_tokens) words_ = table("words", side->token_rows());
  if (side && recipe.query_ids) queries_ = table("queries", side->query_rows());
  if (words_ || queries_) text_net_ = net("text_net");
  if (recipe.session != SessionKind::kNone) {
    if (task.ages && recipe.time_embedding) ages_ = table("ages", kAgeBuckets + 1);
    session_ = register_module("session",
                               std::make_shared<SessionPool>(
                                   recipe, recipe.query_attention && text_net_ != nullptr, masks));
    session_net_ = net("session_net");
  }
  if (side && recipe.user_features && !side->users().empty()) {
    users_ = register_module("users", std::make_shared<UserFeatures>(*task.users, d));
  }
  if (recipe.clock_features) clock_ = table("clock", kClockCodes);
  if (users_ || clock_) {
    context_norm_ = register_module("context_norm", std::make_shared<LayerNorm>(d));
    context_net_ = net("context_net");
  }
  int64_t width = d * ((text_net_ ? 1 : 0) + (session_net_ ? 1 : 0) + (context_net_ ? 1 : 0));
  if (width == 0) {
    nothing_ = register_parameter("nothing", torch::zeros({1, d}));
    width = d;
  }
  norm_ = register_module("norm", std::make_shared<LayerNorm>(width));
  if (recipe.crossing == CrossingKind::kMaskNet) {
    const MaskNetOptions options{recipe.mask_blocks, recipe.mask_width, recipe.mask_inner,
                                 recipe.dropout};
    mask_net_ = register_module("mask_net", std::make_shared<MaskNet>(width, options, masks));
    width = recipe.mask_blocks * recipe.mask_width;
  } else if (recipe.crossing == CrossingKind::kDcnV2) {
    for (int64_t i = 0; i < recipe.cross_layers; ++i) {
      cross_.push_back(register_module("cross" + std::to_string(i),
                                       std::make_shared<CrossLayer>(width, recipe.cross_rank)));
    }
  }
  hidden_ = register_module("hidden", std::make_shared<Linear>(width, 2 * d, /*bias=*/true));
  hidden_norm_ = register_module("hidden_norm", std::make_shared<LayerNorm>(2 * d));
  out_ = register_module("out", std::make_shared<Linear>(2 * d, outputs_ * d, /*bias=*/true));
}

void QueryTower::start() {
  if (session_) session_->start();
  if (users_) users_->clear_padding();
}

Tensor QueryTower::text_of(const RankBatch& batch) const {
  Tensor sum;
  if (words_) {
    const Tensor real = batch.query_tokens.ne(0).to(torch::kFloat32).unsqueeze(2);
    sum = (words_->forward(batch.query_tokens) * real).sum(1) / real.sum(1).clamp_min(1);
  }
  if (queries_) {
    const Tensor whole = queries_->forward(batch.query);
    sum = sum.defined() ? sum + whole : whole;
  }
  return sum.defined() ? sum * scale_ : sum;
}

Tensor QueryTower::context_of(const RankBatch& batch) const {
  Tensor sum;
  if (users_) {
    SequenceBatch users;
    users.user_codes = batch.user_codes;
    users.user_numbers = batch.user_numbers;
    sum = users_->forward(users) * scale_;
  }
  if (clock_) {
    const Tensor time = clock_->forward(batch.clock).sum(1) * scale_;
    sum = sum.defined() ? sum + time : time;
  }
  return sum.defined() ? context_norm_->forward(sum) : sum;
}

Tensor QueryTower::forward(const RankBatch& batch, const Tensor& events) const {
  std::vector<Tensor> groups;
  const Tensor text = text_of(batch);
  if (text_net_) groups.push_back(text_net_->forward(text));
  if (session_) {
    const Tensor e = ages_ ? events + ages_->forward(batch.ages) * scale_ : events;
    groups.push_back(session_net_->forward(session_->forward(batch.tokens, e, text)));
  }
  if (context_net_) groups.push_back(context_net_->forward(context_of(batch)));
  if (groups.empty()) groups.push_back(nothing_.expand({batch.tokens.size(0), dimension_}));
  const Tensor v = norm_->forward(torch::cat(groups, 1));
  Tensor x = v;
  if (mask_net_) x = mask_net_->forward(v);
  for (const auto& layer : cross_) x = layer->forward(v, x);
  const Tensor hidden = hidden_norm_->forward(torch::relu(hidden_->forward(x)));
  return out_->forward(hidden).view({-1, outputs_, dimension_});
}

Value QueryTower::emit_scaled(Graph& graph, const Value& x) const {
  return graph.node("Mul", {x, graph.scalar(static_cast<float>(scale_))});
}

Value QueryTower::emit_text(Graph& graph) const {
  const Dimension one = int64_t{1};
  Value sum;
  if (words_) {
    const Value tokens =
        graph.input("query_tokens", ElementType::kInt64, {one, std::string("words")});
    sum = graph.node("ReduceMean", {words_->emit(graph, tokens)},
                     {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  }
  if (queries_) {
    const Value whole = queries_->emit(graph, graph.input("query", ElementType::kInt64, {one}));
    sum = words_ ? graph.node("Add", {sum, whole}) : whole;
  }
  return emit_scaled(graph, sum);
}

Value QueryTower::emit_context(Graph& graph) const {
  Value sum;
  if (users_) sum = emit_scaled(graph, users_->emit(graph));
  if (clock_) {
    const auto places = static_cast<int64_t>(kClockPlaces);
    const Value codes = graph.input("clock", ElementType::kInt64, {int64_t{1}, places});
    const Value vectors = clock_->emit(graph, codes);
    const Value time = emit_scaled(graph, graph.node("ReduceSum", {vectors, emit_list(graph, {1})},
                                                     {{"keepdims", int64_t{0}}}));
    sum = users_ ? graph.node("Add", {sum, time}) : time;
  }
  return context_norm_->emit(graph, sum);
}

Value QueryTower::emit(Graph& graph, const Inputs& inputs) const {
  std::vector<Value> groups;
  Value text;
  if (text_net_) {
    text = emit_text(graph);
    groups.push_back(text_net_->emit(graph, text));
  }
  if (session_) {
    Value e = inputs.events;
    if (ages_) e = graph.node("Add", {e, emit_scaled(graph, ages_->emit(graph, inputs.ages))});
    groups.push_back(session_net_->emit(graph, session_->emit(graph, inputs.tokens, e, text)));
  }
  if (context_net_) groups.push_back(context_net_->emit(graph, emit_context(graph)));
  if (groups.empty()) groups.push_back(emit_tensor(graph, nothing_));
  const Value v = norm_->emit(graph, graph.node("Concat", groups, {{"axis", int64_t{1}}}));
  Value x = v;
  if (mask_net_) x = mask_net_->emit(graph, v);
  for (const auto& layer : cross_) x = layer->emit(graph, v, x);
  const Value hidden = hidden_norm_->emit(graph, graph.node("Relu", {hidden_->emit(graph, x)}));
  return graph.node("Reshape",
                    {out_->emit(graph, hidden), emit_list(graph, {1, outputs_, dimension_})});
}

}  // namespace kaskad::train
