// The time between an event and the one before it, as a small number that a model can look up.
// Used alike where models learn and where they answer, so that both see the same.
#pragma once

#include <cstdint>
#include <span>

namespace kaskad {

// Buckets 0 to kGapBuckets - 1:
//   0    no event before, or unknown (negative)
//   1    up to 1 s
//   b    over 2^(b-2) s, up to 2^(b-1) s:  2: 2 s, 3: 4 s, ..., 13: 1.1 h, 18: 1.5 days, 27: 2.1
//   years 28   longer
inline constexpr int64_t kGapBuckets = 29;
inline constexpr int64_t kNoGap = -1;

int64_t gap_bucket(int64_t milliseconds);

// out[i] is the bucket of times[i] - times[i - 1] (milliseconds), out[0] is 0: a model sees nothing
// in front of the events that it is given.
void gap_buckets(std::span<const int64_t> times, std::span<int64_t> out);

}  // namespace kaskad
