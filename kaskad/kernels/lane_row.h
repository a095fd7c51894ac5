// How a counted row leaves the accumulators of pair_accumulator.h: the sixteen counts of an item
// stand side by side there, and each weighting wants the counts of all items in one array. Called
// by cooc/pair_counts.cc for every row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kaskad/kernels/pair_accumulator.h"

namespace kaskad {

// out[l][c] = accumulators[columns[c] * kLanes + l] for the first `lanes` lanes and c < count;
// sums (kLanes) += what every lane had in those columns; the accumulators are zero afterwards.
// `accumulators` is 64-byte aligned; no column stands twice. Allocates nothing.
void take_lanes(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                float* const* out, double* sums);

// The plain form of the same; what take_lanes is tested against.
void take_lanes_reference(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                          float* const* out, double* sums);

}  // namespace kaskad
