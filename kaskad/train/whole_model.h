// A model whose table of items lies spread over processes, brought together in one of them for the
// export: a bundle holds every item. Called by train.h.
#pragma once

#include <memory>

#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// `model` itself where it has no shards(). Else a collective call: process 0 gets a model with the
// whole table, which it takes from the others a block of rows at a time; the others get null.
std::shared_ptr<SequenceModel> whole_model(const std::shared_ptr<SequenceModel>& model,
                                           const Recipe& recipe, const Dataset& dataset);

// Throws Error where the recipe asks for shards and cannot have them: of one process (`group`
// null), on a GPU, or of a table that no ONNX file can hold in the end.
void check_shards(const Recipe& recipe, const Dataset& dataset, const Group* group);

}  // namespace kaskad::train
