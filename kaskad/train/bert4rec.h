// BERT4Rec (1904.06690): attention to both sides, learned by telling masked items; asked by a
// masked place behind the history. A projection with GELU and LayerNorm stands in front of the item
// table, as in the paper; its bias for each item is left out, because a score is a dot product
// here.
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/neural_model.h"

namespace kaskad::train {

class Bert4rec : public NeuralModel {
 public:
  Bert4rec(const Recipe& recipe, const ModelCatalogue& catalogue);

 protected:
  torch::Tensor users_of(const SequenceBatch& batch, const Rows& rows) override;
  Value emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const override;
  bool asks_by_mask() const override { return true; }

 private:
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<Linear> projection_;
  std::shared_ptr<LayerNorm> norm_;
};

}  // namespace kaskad::train
