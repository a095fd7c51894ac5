// Deep Interest Network (1706.06978): a candidate's view of the history is a sum of its events,
// each as much as a small network says of the two; no softmax, so that much interest stays more
// than little. Cost O(m n d^2).
//   w_j = 1 + out( relu( W [e_j; c; e_j * c; e_j - c] ) );   head( sum_j w_j e_j, c )
// The 1 lets it begin as the sum of the history. No order and no times enter, as in the paper; the
// begin token is one event.
#pragma once

#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class Din : public RankModel {
 public:
  Din(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  RankGraphs graphs() const override;

 private:
  // W in parts: of e and of c once each, of e * c for every pair. That of e - c would be the
  // difference of the first two, which they hold already.
  std::shared_ptr<Linear> of_event_, of_candidate_, of_product_, out_;
  std::shared_ptr<Dropout> dropout_;
};

}  // namespace kaskad::train
