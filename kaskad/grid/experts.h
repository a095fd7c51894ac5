// The parts of a blend: the best variant of each family that the grid tried, and lag experts,
// each of which knows only what follows one particular event of the history. Their weights are
// fitted on validation (blend_fit.h).
#pragma once

#include <vector>

#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

// `leaders` is sorted best first. Weights are 1.
Blend make_experts(const std::vector<VariantScore>& leaders, const LogFacts& facts);

}  // namespace kaskad
