// Two towers (DSSM, 2013; Yi et al. 2019): the history becomes one vector by pooling its items or
// by an encoder, then a small network; an item its embedding and features, then another. Both
// towers share the embeddings.
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/layers/pooling.h"
#include "kaskad/train/layers/tower.h"
#include "kaskad/train/neural_model.h"

namespace kaskad::train {

class TwoTower : public NeuralModel {
 public:
  TwoTower(const Recipe& recipe, const Catalogue& catalogue);

  // A pooled history never sees ahead.
  bool is_causal() const override { return pooling_ != nullptr || recipe_.causal; }

 protected:
  torch::Tensor users_of(const torch::Tensor& tokens, const torch::Tensor& gaps,
                         const Rows& rows) override;
  torch::Tensor items_of(const torch::Tensor& embeddings) override;
  Value emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const override;

 private:
  std::shared_ptr<Encoder> encoder_;  // for PoolingKind::kEncoder, else:
  std::shared_ptr<Pooling> pooling_;
  std::shared_ptr<Embedding> gaps_;  // null without time features
  std::shared_ptr<Dropout> dropout_;

  std::shared_ptr<Tower> user_tower_, item_tower_;
};

}  // namespace kaskad::train
