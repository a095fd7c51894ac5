// Rows of a bag, counted by walking the histories that hold the row's item: for logs where few of
// all user-item cells are set. Called by fused_matrix.
#pragma once

#include <span>

#include "kaskad/cooc/bag_events.h"
#include "kaskad/cooc/row_cutter.h"

namespace kaskad {

// Hands every row to `cutter`. user_weight: by length of history; empty: every user counts 1.
// Memory: at most 11 bytes an item and thread.
void count_bag_rows(const BagEvents& bags, std::span<const float> user_weight, RowCutter& cutter,
                    int threads);

}  // namespace kaskad
