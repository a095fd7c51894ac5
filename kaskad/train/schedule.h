// The learning rate of a step: linear warm-up, then constant or half a cosine. Called by the
// trainer.
#pragma once

#include <cstdint>

#include "kaskad/recipe/recipe.h"

namespace kaskad::train {

// `step` counts from 0; `steps` is the length of the whole run if nothing stops it early.
double learning_rate_at(const Recipe& recipe, int64_t step, int64_t steps);

}  // namespace kaskad::train
