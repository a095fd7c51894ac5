#include "kaskad/train/loss.h"

#include "kaskad/core/error.h"
#include "kaskad/train/bce_loss.h"
#include "kaskad/train/negatives.h"
#include "kaskad/train/sampled_softmax.h"
#include "kaskad/train/softmax_loss.h"

namespace kaskad::train {

std::unique_ptr<Loss> make_loss(const Recipe& recipe, const ItemFrequency& frequency,
                                torch::Generator generator) {
  switch (recipe.loss) {
    case LossKind::kSoftmax:
      return std::make_unique<SoftmaxLoss>();
    case LossKind::kSampledSoftmax:
      return std::make_unique<SampledSoftmaxLoss>(make_sampler(recipe, frequency, generator),
                                                  recipe.num_negatives, recipe.logq,
                                                  recipe.negatives_per_batch);
    case LossKind::kBce:
      return std::make_unique<BceLoss>(make_sampler(recipe, frequency, generator), generator);
    case LossKind::kGbce:
      return std::make_unique<GbceLoss>(make_sampler(recipe, frequency, generator),
                                        recipe.num_negatives, recipe.gbce_t);
    case LossKind::kInBatch:
      return std::make_unique<InBatchSoftmaxLoss>(frequency, recipe.logq);
  }
  KASKAD_ASSERT(false);
  return nullptr;
}

}  // namespace kaskad::train
