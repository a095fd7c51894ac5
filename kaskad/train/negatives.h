// Where negatives come from: uniform over the catalogue, the targets of the batch, a mixture of the
// two, or popularity^power. Used by the losses that sample.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/item_frequency.h"

namespace kaskad::train {

// Draws are independent and with replacement: the n-th draw of a set says nothing of the others,
// and an item may come twice. The estimators of the losses count on that.
class NegativeSampler {
 public:
  virtual ~NegativeSampler() = default;
  // (sets, count) int64 items on the device of `batch_targets`, the items (places) that the batch
  // has as targets. The same state of the generator gives the same items.
  virtual torch::Tensor draw(const torch::Tensor& batch_targets, int64_t sets, int64_t count) = 0;
  // log q of these items, any shape: the logarithm of the probability that one draw gives the item.
  // Never below log(kLeastProbability).
  virtual torch::Tensor log_probability(const torch::Tensor& items) const = 0;
};

// An item that was never counted can still be a target; its q is taken to be this.
inline constexpr double kLeastProbability = 1e-9;

// log of the frequencies of `items` (any shape), on their device.
torch::Tensor log_frequency(const ItemFrequency& frequency, const torch::Tensor& items);

// The recipe's `negatives`, with `mixed_share` and `popularity_power`. `frequency` gives the size
// of the catalogue and q for in-batch draws; it must outlive the sampler.
std::unique_ptr<NegativeSampler> make_sampler(const Recipe& recipe, const ItemFrequency& frequency,
                                              torch::Generator generator);

}  // namespace kaskad::train
