// Histories as a model sees them when it is asked: the reference of what NeuralRetriever writes
// into the inputs of the exported graph. Called by validation and by the parity check.
#pragma once

#include <span>

#include "kaskad/dataset/dataset.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/recipe.h"

namespace kaskad::train {

// (histories, length) of the newest max_history events each. Causal models get the special token
// in front of what is shorter; masked ones get it behind, as the place that is asked, so that
// `length` is then up to max_history + 1. There are no targets. The user's vector is the state at
// the last place.
SequenceBatch history_batch(std::span<const History> histories, const Recipe& recipe,
                            int64_t num_items, bool causal);

}  // namespace kaskad::train
