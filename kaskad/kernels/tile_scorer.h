// Scores and ranks for a dense item-item matrix: a user's history meets a tile of 32 target
// items, for several history weightings at once. The matrix lies tile by tile, so that the slab
// of one tile (items x 128 bytes) stays in the second-level cache while all users pass over it,
// and ranks are counted at once: no score is ever stored.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

inline constexpr size_t kTile = 32;         // target items of a tile
inline constexpr size_t kHistoryLanes = 8;  // history weightings side by side

enum class CombineOp { kSum, kLogProduct, kMax };

// `scores` (kHistoryLanes, kTile) = combine over k of op(weights[k, h] * slab[items[k], :]),
// from `count` history items; kLogProduct sums log(1 + x). slab is (items, kTile), 64-byte
// aligned, as are the weights (count, kHistoryLanes) and the scores. Values are not negative.
void score_tile(CombineOp op, const float* slab, const uint32_t* items, const float* weights,
                size_t count, float* scores);
void score_tile_reference(CombineOp op, const float* slab, const uint32_t* items,
                          const float* weights, size_t count, float* scores);

// Adds, for each lane h, how many of the tile's items that are not masked score above and equal
// to `target[h]`. Bit j of `masked` leaves item j out.
void count_ranks(const float* scores, uint32_t masked, const float* target, uint32_t* above,
                 uint32_t* equal);
void count_ranks_reference(const float* scores, uint32_t masked, const float* target,
                           uint32_t* above, uint32_t* equal);

}  // namespace kaskad
