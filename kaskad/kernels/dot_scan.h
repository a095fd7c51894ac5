// Inner products of a few queries with all items, the arithmetic of an exact vector search. Items
// lie in blocks of 64 with the coordinates across, so that one load brings the same coordinate of
// sixteen items; a block (64 x dimension floats) is read once for up to four queries, and what is
// said of its scores is a mask of those that beat a threshold. Called by kaskad/retrieval.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

inline constexpr size_t kScanBlock = 64;   // items of a block, bits of a mask
inline constexpr size_t kScanQueries = 4;  // queries of one call, at most

// Scores of one block: row q of `scores` (queries, kScanBlock) and, in bit j of above[q], whether
// scores[q, j] > thresholds[q]. Padding scores 0 and has its bits too.
struct BlockScores {
  alignas(64) float scores[kScanQueries * kScanBlock];
  uint64_t above[kScanQueries];
};

// Floats that `count` items take as blocks.
constexpr size_t packed_floats(size_t count, size_t dimension) {
  return (count + kScanBlock - 1) / kScanBlock * kScanBlock * dimension;
}

// Rows (count, dimension) become blocks[b, d, j] = rows[64 b + j, d], padded with zeros.
void pack_blocks(const float* rows, size_t count, size_t dimension, float* blocks);

// One block, 64-byte aligned, with `num_queries` rows of (dimension) floats. Each score is one
// chain of multiply-adds in the order of the coordinates, so that an item's score does not depend
// on its place, on the queries beside it, or on where it was copied to be scored again.
void scan_block(const float* block, size_t dimension, const float* queries, size_t num_queries,
                const float* thresholds, BlockScores& out);
void scan_block_reference(const float* block, size_t dimension, const float* queries,
                          size_t num_queries, const float* thresholds, BlockScores& out);

// scores[i] = <query, row items[i] of `rows`>, with the bits that scan_block() gives: each is one
// chain in the order of the coordinates. `rows` is (all items, dimension); those asked lie anywhere
// in it. No alignment is asked for.
void dot_rows(const float* rows, size_t dimension, const uint32_t* items, size_t count,
              const float* query, float* scores);
void dot_rows_reference(const float* rows, size_t dimension, const uint32_t* items, size_t count,
                        const float* query, float* scores);

// One inner product of two rows, several chains at once: the distance of a graph search. Differs
// from scan_block() in the last bits. No alignment is asked for.
float dot(const float* a, const float* b, size_t dimension);
float dot_reference(const float* a, const float* b, size_t dimension);

// The same through a pointer that was dispatched once, for callers that ask millions of times.
using DotFunction = float (*)(const float* a, const float* b, size_t dimension);
DotFunction dot_function();

}  // namespace kaskad
