// How to count pairs within a budget of memory. Called by the grid, which counts hundreds of
// weightings, and by fitting, which counts those of a blend.
#pragma once

#include <cstdint>
#include <span>

#include "kaskad/cooc/pair_counts.h"

namespace kaskad {

struct CountPlan {
  size_t lanes = kMostLanes;  // weightings to count side by side
  uint32_t max_columns = 0;   // see PairCountOptions

  static constexpr size_t kMostLanes = 16;
};

// Counts take 4 bytes a weighting and 4 for the column, per pair of items that meet: a user of n
// events makes at most n pairs with each of them, or 2 windows. Where fewer than four weightings
// would fit, the rows of eight are pruned instead. `widest` has the largest reach of those to count
// (widest_of); never fewer than 32 columns a row are kept.
CountPlan plan_counts(const Sequences& sequences, const PairWeighting& widest, uint64_t bytes);

// The weighting that reaches furthest; `weightings` is not empty.
PairWeighting widest_of(std::span<const PairWeighting> weightings);

}  // namespace kaskad
