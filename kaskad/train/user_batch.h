// What is known of users beside their histories, as tensors of a batch: written by the same code
// that writes the inputs of a served model. Called by the batcher, by validation and by the export.
#pragma once

#include <span>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/feature_schema.h"
#include "kaskad/model/retriever.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/retrieval/neural_config.h"
#include "kaskad/train/batch.h"

namespace kaskad::train {

// The features of users that the recipe asks for; empty when it asks for none.
FeatureSchema user_schema(const Dataset& dataset, const Recipe& recipe);

// Names of the further inputs of user.onnx.
UserInputs user_inputs(const Recipe& recipe, const FeatureSchema& schema);

// batch.user_codes and batch.user_numbers: what the queries say of their users, a row each.
void write_users(std::span<const Query> queries, const FeatureSchema& schema, SequenceBatch& batch);

}  // namespace kaskad::train
