// Behavior Sequence Transformer (1905.06874): the candidate is appended to the history, and an
// encoder over both gives its score; history and candidate see each other. Cost O(m (n^2 d +
// n d^2)): every candidate is a pass of its own. The candidate's output goes into the head; the
// paper flattens those of all places, which needs one fixed length.
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class Bst : public RankModel {
 public:
  Bst(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  RankGraphs graphs() const override;

 private:
  std::shared_ptr<Encoder> encoder_;
};

}  // namespace kaskad::train
