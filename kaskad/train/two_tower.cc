#include "kaskad/train/two_tower.h"

#include <cmath>

#include "kaskad/dataset/clock_codes.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

TwoTower::TwoTower(const Recipe& recipe, const ModelCatalogue& catalogue)
    : NeuralModel(recipe, catalogue) {
  const int64_t d = recipe.dimension;
  if (recipe.pooling == PoolingKind::kEncoder) {
    EncoderOptions options = EncoderOptions::of(recipe);
    options.token_scale = std::sqrt(static_cast<double>(d));
    encoder_ = register_module("encoder", std::make_shared<Encoder>(options, masks_));
  } else {
    const bool decayed = recipe.pooling == PoolingKind::kDecayed;
    pooling_ = register_module("pooling", std::make_shared<Pooling>(decayed, recipe.max_history));
    if (recipe.time_features) {
      gaps_ = register_module("gaps", std::make_shared<Embedding>(kGapBuckets, d));
    }
    dropout_ = register_module("dropout", std::make_shared<Dropout>(recipe.dropout, masks_));
  }
  if (catalogue.users) {
    user_features_ =
        register_module("user_features", std::make_shared<UserFeatures>(*catalogue.users, d));
  }
  if (recipe.clock_features) {
    clock_ = register_module("clock", std::make_shared<Embedding>(kClockCodes, d));
  }
  const auto tower = [&] {
    const int64_t inner = recipe.feed_forward > 0 ? recipe.feed_forward : 4 * d;
    return std::make_shared<Tower>(d, inner, recipe.dropout, masks_);
  };
  user_tower_ = register_module("user_tower", tower());
  item_tower_ = register_module("item_tower", tower());
  draw_weights();
  if (user_features_) user_features_->clear_padding();
}

torch::Tensor TwoTower::histories_of(const SequenceBatch& batch, const Rows& rows) {
  torch::Tensor x = tokens_of(batch, rows);
  if (encoder_) return encoder_->forward(x, batch.gaps, rows);
  if (gaps_) x = x + gaps_->forward(rows.pack(batch.gaps));
  return pooling_->forward(dropout_->forward(x), rows);
}

torch::Tensor TwoTower::users_of(const SequenceBatch& batch, const Rows& rows) {
  torch::Tensor x = histories_of(batch, rows);
  if (user_features_) x = x + user_features_->forward(batch).index_select(0, rows.history());
  if (clock_) x = x + clock_->forward(rows.pack(batch.clock)).sum(1);
  return user_tower_->forward(x);
}

torch::Tensor TwoTower::items_of(const torch::Tensor& embeddings) {
  return item_tower_->forward(embeddings);
}

Value TwoTower::emit_history(Graph& graph, const Value& gaps, const GraphRows& rows) const {
  Value x = items_->emit(graph, rows.tokens);
  if (encoder_) return encoder_->emit(graph, x, gaps, rows);
  if (gaps_) x = graph.node("Add", {x, gaps_->emit(graph, gaps)});
  return pooling_->emit(graph, x, rows);
}

Value TwoTower::emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const {
  Value x = emit_history(graph, gaps, rows);
  if (user_features_) x = graph.node("Add", {x, user_features_->emit(graph)});
  if (clock_) {
    const auto places = static_cast<int64_t>(kClockPlaces);
    const Value codes = graph.input("clock", ElementType::kInt64, {"batch", places});
    const Value vectors = clock_->emit(graph, codes);
    const Value sum =
        graph.node("ReduceSum", {vectors, emit_list(graph, {1})}, {{"keepdims", int64_t{0}}});
    x = graph.node("Add", {x, sum});
  }
  return user_tower_->emit(graph, x);
}

}  // namespace kaskad::train
