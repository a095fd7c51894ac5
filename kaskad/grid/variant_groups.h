// Which variants share what: matrices that are counted in one walk over the pairs, variants that
// use one matrix, and histories that are weighed in one pass. Called by the scorer.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "kaskad/cooc/variant.h"

namespace kaskad {

// Matrices that are counted in one pass, or solved from one EASE problem, with the variants that
// use each.
struct VariantGroup {
  std::vector<PairWeighting> weightings;  // empty: matrices that are not counted
  uint32_t max_columns = 0;
  std::vector<std::pair<MatrixSpec, std::vector<Variant>>> matrices;
};

// How many weightings fit side by side, of which `widest` is the widest, and to how many columns
// rows are cut then (0: not at all).
using LanesThatFit = std::function<size_t(const PairWeighting& widest, uint32_t* max_columns)>;

// Variants by matrix, matrices by weighting, in order of first mention; alike weightings share a
// pass: those that read as much of the histories, then those that read the clock or the weights,
// and then those of like reach.
std::vector<VariantGroup> group_variants(const std::vector<Variant>& variants,
                                         const LanesThatFit& lanes_that_fit);

// Splits the history weightings of variants of one matrix into sets that one pass can take: the
// same way to combine, at most kHistoryLanes, long histories apart from short ones. Indices.
std::vector<std::vector<size_t>> history_sets(const std::vector<Variant>& variants);

}  // namespace kaskad
