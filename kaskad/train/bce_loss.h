// Binary cross-entropy: each score by itself is a yes or a no. s+ is the score of the target, s-
// those of the k negatives.
//   BCE   (1808.09781)  softplus(-s+) + softplus(s-), k = 1: a negative of its own for every place
//   gBCE  (2308.07192)  beta softplus(-s+) + sum softplus(s-), k shared by a sequence,
//         alpha = k / (|I| - 1), beta = alpha (t (1 - 1/alpha) + 1/alpha)
// The authors of gBCE divide by k + 1; Adam does not see that, but for its epsilon, which gradients
// 257 times as small come near. A constant, gbce_bias(), is added to all scores: without it the
// first thing to learn is that nearly everything is a no, which a table of items that is both input
// and output can only say by making all its vectors alike, and there learning stops (30 epochs of
// ML-1M without leaving popularity). It changes no order, so it is not exported.
// The authors of gBCE rewrite s+ into the score whose sigmoid is sigma(s+)^beta and clamp that in
// float64; beta softplus(-s+) = -log sigma(s+)^beta says the same, and is exact at every score.
#pragma once

#include <memory>

#include "kaskad/train/loss.h"
#include "kaskad/train/negatives.h"

namespace kaskad::train {

// The mean over the places of the sum of the two terms (the paper's; twice the mean over scores).
// A negative that happens to be the target is replaced by another item, all others equally likely:
// so uniform negatives are uniform over the rest of the catalogue. A catalogue of one item has no
// rest: asserts more.
class BceLoss : public Loss {
 public:
  BceLoss(std::unique_ptr<NegativeSampler> sampler, torch::Generator generator);
  torch::Tensor operator()(const Places& places, SequenceModel& model) override;

 private:
  std::unique_ptr<NegativeSampler> sampler_;
  torch::Generator generator_;
};

// Accidental hits carry no loss; duplicates count as often as they were drawn.
class GbceLoss : public Loss {
 public:
  GbceLoss(std::unique_ptr<NegativeSampler> sampler, int64_t count, double t);
  torch::Tensor operator()(const Places& places, SequenceModel& model) override;

 private:
  std::unique_ptr<NegativeSampler> sampler_;
  int64_t count_;
  double t_;
};

// log(beta / k): where all scores are 0, positives and negatives pull equally hard.
double gbce_bias(double beta, int64_t negatives);

// beta of gBCE; alpha is at most 1, where every item is a negative and nothing has to be corrected.
double gbce_beta(int64_t negatives, int64_t num_items, double t);

}  // namespace kaskad::train
