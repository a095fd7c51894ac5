// The scan of dot_scan.h over a few coordinates of two bytes each: what an upper bound of an inner
// product needs, at a fraction of what the vectors take in memory. Called by kaskad/retrieval,
// which says what the coordinates are and how far a product of them is from the true one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kaskad/kernels/dot_scan.h"

namespace kaskad {

// Coordinates of items are within [-kMostItemCode, kMostItemCode] and of queries within
// [-kMostQueryCode, kMostQueryCode], and so are their lengths as vectors: every partial sum of
// products then stays within 2^30.
inline constexpr int kMostItemCode = 16000, kMostQueryCode = 32000;

// Rows (count, places) -> codes[b, g, j, c] = coordinate 2 g + c of item 64 b + j; padded items are
// zeros. `places` is even.
void pack_bounds(const int16_t* rows, size_t count, size_t places, int16_t* codes);

// As scan_block(): scores[q, j] = <query, item>, exact but for its conversion to a float. `codes`
// is one block (places / 2, 64, 2), 64-byte aligned; `queries` is (num_queries, places).
void scan_bounds(const int16_t* codes, size_t places, const int16_t* queries, size_t num_queries,
                 const float* thresholds, BlockScores& out);
void scan_bounds_reference(const int16_t* codes, size_t places, const int16_t* queries,
                           size_t num_queries, const float* thresholds, BlockScores& out);

}  // namespace kaskad
