#include "kaskad/train/two_tower.h"

#include <cmath>

#include "kaskad/dataset/time_gap.h"

namespace kaskad::train {

TwoTower::TwoTower(const Recipe& recipe, const Catalogue& catalogue)
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
  const auto tower = [&] {
    const int64_t inner = recipe.feed_forward > 0 ? recipe.feed_forward : 4 * d;
    return std::make_shared<Tower>(d, inner, recipe.dropout, masks_);
  };
  user_tower_ = register_module("user_tower", tower());
  item_tower_ = register_module("item_tower", tower());
  draw_weights();
}

torch::Tensor TwoTower::users_of(const torch::Tensor& tokens, const torch::Tensor& gaps,
                                 const Rows& rows) {
  torch::Tensor x = items_->tokens(tokens);
  if (encoder_) return user_tower_->forward(encoder_->forward(x, gaps, rows));
  if (gaps_) x = x + gaps_->forward(rows.pack(gaps));
  return user_tower_->forward(pooling_->forward(dropout_->forward(x), rows));
}

torch::Tensor TwoTower::items_of(const torch::Tensor& embeddings) {
  return item_tower_->forward(embeddings);
}

Value TwoTower::emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const {
  Value x = items_->emit(graph, rows.tokens);
  if (encoder_) {
    return user_tower_->emit(graph, encoder_->emit(graph, x, gaps, rows));
  }
  if (gaps_) x = graph.node("Add", {x, gaps_->emit(graph, gaps)});
  return user_tower_->emit(graph, pooling_->emit(graph, x, rows));
}

}  // namespace kaskad::train
