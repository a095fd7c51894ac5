// The scan of dot_scan.h over vectors rounded to one byte a coordinate: a quarter of the memory
// traffic, and four multiply-adds a lane where the CPU has VNNI. Called by kaskad/retrieval, which
// scores what it finds here again in fp32.
//
// An item's code is round(x / scale) in [-127, 127] with scale = max |x| / 127, stored with 128
// added because VNNI multiplies unsigned by signed bytes; so <q, c> = <q, c + 128> - 128 sum(q).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kaskad/kernels/dot_scan.h"

namespace kaskad {

// Bytes of a row of codes: whole groups of four coordinates.
constexpr size_t code_bytes(size_t dimension) { return (dimension + 3) / 4 * 4; }

// One row (dimension) -> codes in [-127, 127], zeros up to code_bytes(dimension); returns the
// scale, 0 for a row of zeros. Values are finite.
float quantise(std::span<const float> row, int8_t* codes);

// Rows (count, dimension) -> codes[b, g, j, c] = 128 + code of coordinate 4 g + c of item 64 b + j
// and scales[b, j]; padded items have scale 0. `codes` is (blocks, code_bytes, 64), `scales`
// (blocks, 64).
void pack_codes(const float* rows, size_t count, size_t dimension, uint8_t* codes, float* scales);

// As scan_block(): scores[q, j] = scales[j] * <query codes, item codes>, in units of the query's
// own scale, which orders nothing. `queries` is (num_queries, code_bytes), `codes` and `scales`
// one block, all 64-byte aligned but the queries. The integer part is exact.
void scan_codes(const uint8_t* codes, const float* scales, size_t dimension, const int8_t* queries,
                size_t num_queries, const float* thresholds, BlockScores& out);
void scan_codes_reference(const uint8_t* codes, const float* scales, size_t dimension,
                          const int8_t* queries, size_t num_queries, const float* thresholds,
                          BlockScores& out);

}  // namespace kaskad
