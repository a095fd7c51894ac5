// Rows of pairs whose order or distance matters, counted from one occurrence of the row's item to
// the next. Called by fused_matrix for everything that is no bag.
#pragma once

#include "kaskad/cooc/popularity_order.h"
#include "kaskad/cooc/row_cutter.h"
#include "kaskad/cooc/sequences.h"
#include "kaskad/cooc/weighting.h"

namespace kaskad {

// Hands every row to `cutter`. The weighting needs no clock; `sequences` has all its parts.
// Memory: 4 bytes an event, 4 bytes an item and thread.
void count_ordered_rows(const Sequences& sequences, const PopularityOrder& order,
                        const PairWeighting& weighting, RowCutter& cutter, int threads);

}  // namespace kaskad
