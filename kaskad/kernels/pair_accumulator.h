// The innermost loops of counting: one event meets the events around it, and each of the pairs
// is added to the accumulators of its target item, for one weighting or for sixteen at once.
// Called by cooc/ for every occurrence of a row's item.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

inline constexpr size_t kLanes = 16;  // one cache line of accumulators an item

// Sixteen weightings side by side. Lane l of a vector belongs to weighting l; unused lanes
// have weight 0. All pointers are 64-byte aligned.
struct LaneTables {
  const float* gap = nullptr;  // (max gap + 1, kLanes), 0 beyond a lane's window; row 0 unused
  size_t max_gap = 0;
  const float* reverse = nullptr;  // (kLanes): weight of the pair seen backwards
  bool any_reverse = false;
  bool uses_time = false;             // whether the three tables below matter
  const float* gap_rate = nullptr;    // (kLanes): 1 / gap_tau or 0
  const float* age_rate = nullptr;    // (kLanes): 1 / age_tau or 0
  const float* time_limit = nullptr;  // (kLanes): days, or the largest float
  bool uses_weights = false;          // whether the table below matters
  const float* weighs = nullptr;  // (kLanes): 1: pairs count the product of their events' weights
};

// The neighbourhood of event `event` in its user's history [begin, end).
struct Neighbourhood {
  const uint32_t* item = nullptr;  // (all events)
  const double* day = nullptr;     // (all events), needed when the tables use time
  const float* weight = nullptr;   // (all events), needed when the tables use weights
  size_t begin = 0, end = 0, event = 0;
};

// accumulators (items, kLanes) += weights of the pairs of this event; `user_weight` (kLanes).
// An item is never paired with itself. Each target is appended to `touched` once: `is_touched`
// (items) marks them, `touched` has room for every item + 1. Returns the new count of touched.
size_t accumulate_lanes(const Neighbourhood& around, const LaneTables& tables,
                        const float* user_weight, float* accumulators, uint8_t* is_touched,
                        uint32_t* touched, size_t num_touched);

// The plain form of the same, one lane at a time; what accumulate_lanes is tested against.
size_t accumulate_lanes_reference(const Neighbourhood& around, const LaneTables& tables,
                                  const float* user_weight, float* accumulators,
                                  uint8_t* is_touched, uint32_t* touched, size_t num_touched);

// The SIMD target that Highway chose on this machine: "AVX3_ZEN4", "AVX2", ...
const char* simd_target();

}  // namespace kaskad
