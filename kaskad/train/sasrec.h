// SASRec (1808.09781): causal self-attention over the history; the input's item table is the
// output's. Embeddings are scaled by sqrt(dimension), as in the authors' code. With LiGR blocks and
// sampled softmax this is eSASRec (2508.06450).
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/neural_model.h"

namespace kaskad::train {

class Sasrec : public NeuralModel {
 public:
  Sasrec(const Recipe& recipe, const ModelCatalogue& catalogue);

 protected:
  torch::Tensor users_of(const SequenceBatch& batch, const Rows& rows) override;
  Value emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const override;

 private:
  std::shared_ptr<Encoder> encoder_;
};

}  // namespace kaskad::train
