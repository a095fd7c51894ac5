// What a rank model is taught of a list.
//   listwise   mean over the positives p of -log( exp(s_p) / sum_c exp(s_c) ), c over the list
//   pointwise  mean over candidates of the binary cross-entropy of sigmoid(s): a probability
//   focal      each cross-entropy times (1 - p)^gamma, p the probability given to the truth
// The loss is the sum over heads of weight * loss. A list without a positive of a head says nothing
// of it listwise.
#pragma once

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/rank/rank_batch.h"

namespace kaskad::train {

// `logits` (lists, m, heads), `weights` (heads). A scalar, differentiable.
torch::Tensor rank_loss(const torch::Tensor& logits, const RankBatch& batch, const Recipe& recipe,
                        const torch::Tensor& weights);

}  // namespace kaskad::train
