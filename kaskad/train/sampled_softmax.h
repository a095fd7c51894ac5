// Softmax over the target and a sample of negatives, and over the targets of the batch, with LogQ.
// s+ is the score of the target, s_j that of the j-th of n draws from q, H the draws that are the
// target (accidental hits):
//   none       log(1 + sum_{j not in H} exp(s_j - s+))
//   classic    the same with s - log q for every score, s+ included, and the hits left in
//   corrected  log(1 + exp(-s+) 1/(n - |H|) sum_{j not in H} exp(s_j - log Q'(j))),
//              Q'(j) = q_j / (1 - q+)
//
// Classic (Yi et al. 2019) takes the target for one more draw of the sample. Then the other draws
// of it are part of the estimate: they carry the share P(+) of the softmax that the gradient of s+
// is 1 - P(+) for. With the hits masked, the classic gradient is too long by 1 / (1 - P(+)) however
// large the sample; with them it converges to the full softmax's.
//
// Corrected (2507.09331): the target is there with probability 1, so it is not weighted, and what
// is sampled is the rest of the catalogue. Written as the paper does,
//   sg(1 - P(+)) * (-s+ + log sum_{j not in H} exp(s_j - log Q'(j)))
// with P(+) = exp(s+) / (exp(s+) + mean_j exp(s_j - log Q'(j))), it has the gradient of the form
// above, whose value also estimates the full softmax loss.
//
// Duplicates stay in the sample: draws are with replacement, and every one of them is a term of the
// mean. In-batch targets are counted instead: an item that is m times a target is one candidate
// with log m added.
#pragma once

#include <functional>
#include <memory>

#include "kaskad/train/loss.h"
#include "kaskad/train/negatives.h"

namespace kaskad::train {

class SampledSoftmaxLoss : public Loss {
 public:
  // `count` negatives for each sequence, shared by its places; `per_batch`: for the whole batch.
  SampledSoftmaxLoss(std::unique_ptr<NegativeSampler> sampler, int64_t count, LogqKind logq,
                     bool per_batch);
  torch::Tensor operator()(const Places& places, SequenceModel& model) override;

 private:
  std::unique_ptr<NegativeSampler> sampler_;
  int64_t count_;
  LogqKind logq_;
  bool per_batch_;
};

// Negatives of a place are the targets of all other places of the batch, its own sequence's
// included. `frequency` is q and must outlive the loss.
class InBatchSoftmaxLoss : public Loss {
 public:
  InBatchSoftmaxLoss(const ItemFrequency& frequency, LogqKind logq)
      : frequency_(frequency), logq_(logq) {}
  torch::Tensor operator()(const Places& places, SequenceModel& model) override;
  // The same where `vectors` gives (n) int64 items their vectors (n, dimension).
  using ItemVectors = std::function<torch::Tensor(const torch::Tensor& items)>;
  torch::Tensor of_vectors(const Places& places, const ItemVectors& vectors) const;

 private:
  const ItemFrequency& frequency_;
  LogqKind logq_;
};

}  // namespace kaskad::train
