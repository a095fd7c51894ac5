// Histories as a model sees them when it is asked: the reference of what NeuralRetriever writes
// into the inputs of the exported graph. Called by validation and by the parity check.
#pragma once

#include <span>

#include "kaskad/dataset/dataset.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/recipe.h"

namespace kaskad::train {

// (histories, length) of the newest max_history events each, length from 1 to max_history. The
// special token stands in front of what is shorter, but for masked models, which are asked by one
// that they append themselves. There are no targets.
SequenceBatch history_batch(std::span<const History> histories, const Recipe& recipe,
                            int64_t num_items);

}  // namespace kaskad::train
