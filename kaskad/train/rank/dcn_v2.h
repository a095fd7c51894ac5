// Deep & Cross Network V2 (2008.13535), the plain baseline: the mean of the history, the candidate
// and its numbers beside each other, cross layers that multiply them with each other, and the head
// behind (the paper's stacked form). Cost O(m w^2 L), w = 2 d + numbers, whatever the history.
//   x0 = [mean; c; numbers];  x' = x0 * (W x + b) + x
// The order of the history does not enter; the begin token is one of its events.
#pragma once

#include "kaskad/train/layers/cross_layer.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class DcnV2 : public RankModel {
 public:
  DcnV2(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  RankGraphs graphs() const override;

 private:
  std::vector<std::shared_ptr<CrossLayer>> layers_;
  std::shared_ptr<Dropout> dropout_;
};

}  // namespace kaskad::train
