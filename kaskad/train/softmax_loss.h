// Full softmax cross-entropy over the catalogue: the default up to about 50 thousand items
// (2309.07602), and what the sampled losses estimate.
//   loss = log sum_i exp(<h, e_i>) - <h, e_target>
#pragma once

#include "kaskad/train/loss.h"

namespace kaskad::train {

class SoftmaxLoss : public Loss {
 public:
  torch::Tensor operator()(const Places& places, SequenceModel& model) override;
};

}  // namespace kaskad::train
