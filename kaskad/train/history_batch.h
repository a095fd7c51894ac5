// Histories as a model sees them when it is asked: the reference of what NeuralRetriever writes
// into the inputs of the exported graph. Called by validation and by the parity check.
#pragma once

#include <span>

#include "kaskad/dataset/feature_schema.h"
#include "kaskad/model/retriever.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/batch.h"

namespace kaskad::train {

// (queries, length) of the newest max_history events each, length from 1 to max_history. The
// special token stands in front of what is shorter, but for masked models, which are asked by one
// that they append themselves. `users` is empty unless the recipe asks for features of users. The
// time of the query stands at the newest place. There are no targets.
SequenceBatch history_batch(std::span<const Query> queries, const Recipe& recipe,
                            const FeatureSchema& users, int64_t num_items);

}  // namespace kaskad::train
