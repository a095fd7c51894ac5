// Rows of a bag, counted as a product of bit rows over users: for logs where a few per cent of
// all user-item cells are set. Called by fused_matrix.
#pragma once

#include "kaskad/cooc/popularity_order.h"
#include "kaskad/cooc/row_cutter.h"
#include "kaskad/cooc/sequences.h"

namespace kaskad {

// Whether bits beat walking the histories and fit into memory.
bool bits_are_cheaper(const Sequences& sequences);

// Hands every row to `cutter`; false, and nothing done, when a user has an item twice, which bits
// cannot tell. Reads user_begin and item of `sequences` alone. Memory: at most 256 MiB of bits,
// and as many rows of counts as fit into `count_bytes`, at least 32.
bool count_bit_rows(const Sequences& sequences, const PopularityOrder& order, RowCutter& cutter,
                    int threads, size_t count_bytes = size_t{64} << 20);

}  // namespace kaskad
