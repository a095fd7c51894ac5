// Two towers (DSSM, 2013; Yi et al. 2019): the history becomes one vector by pooling its items or
// by an encoder, to which what is known of the user and the time of the request are added, then a
// small network; an item its embedding and features, then another. Both towers share the embeddings
// of items.
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/layers/pooling.h"
#include "kaskad/train/layers/tower.h"
#include "kaskad/train/layers/user_features.h"
#include "kaskad/train/neural_model.h"

namespace kaskad::train {

class TwoTower : public NeuralModel {
 public:
  TwoTower(const Recipe& recipe, const ModelCatalogue& catalogue);

  // A pooled history never sees ahead.
  bool is_causal() const override { return pooling_ != nullptr || recipe_.causal; }

 protected:
  torch::Tensor users_of(const SequenceBatch& batch, const Rows& rows) override;
  torch::Tensor items_of(const torch::Tensor& embeddings) override;
  Value emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const override;

 private:
  // The history of each row as one vector (rows, dimension).
  torch::Tensor histories_of(const SequenceBatch& batch, const Rows& rows);
  Value emit_history(Graph& graph, const Value& gaps, const GraphRows& rows) const;

  std::shared_ptr<Encoder> encoder_;  // for PoolingKind::kEncoder, else:
  std::shared_ptr<Pooling> pooling_;
  std::shared_ptr<Embedding> gaps_;  // null without time features
  std::shared_ptr<Dropout> dropout_;

  std::shared_ptr<UserFeatures> user_features_;  // null unless the recipe asks for them
  std::shared_ptr<Embedding> clock_;             // null unless the recipe asks for it

  std::shared_ptr<Tower> user_tower_, item_tower_;
};

}  // namespace kaskad::train
