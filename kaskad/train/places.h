// From what a model says of every place of a batch to the places that have a target: the input of
// a loss. Called by the learner and by tests of losses.
#pragma once

#include "kaskad/train/batch.h"
#include "kaskad/train/loss.h"

namespace kaskad::train {

// `states` is (batch, length, dimension), of batch.tokens. Differentiable in `states`.
Places gather_places(const torch::Tensor& states, const SequenceBatch& batch);

}  // namespace kaskad::train
