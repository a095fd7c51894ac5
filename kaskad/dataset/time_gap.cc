#include "kaskad/dataset/time_gap.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "kaskad/core/error.h"

namespace kaskad {

int64_t gap_bucket(int64_t milliseconds) {
  if (milliseconds < 0) return 0;
  if (milliseconds <= 1000) return 1;
  // The smallest e with milliseconds <= 1000 * 2^e is the width of the seconds, rounded up, less 1.
  const auto whole_seconds_less_one = static_cast<uint64_t>((milliseconds - 1) / 1000);
  return std::min<int64_t>(1 + std::bit_width(whole_seconds_less_one), kGapBuckets - 1);
}

namespace {

// Clients choose the times, so their difference may not fit.
int64_t gap_between(int64_t before, int64_t time) {
  if (time < before) return kNoGap;
  const uint64_t gap = static_cast<uint64_t>(time) - static_cast<uint64_t>(before);
  return static_cast<int64_t>(
      std::min<uint64_t>(gap, static_cast<uint64_t>(std::numeric_limits<int64_t>::max())));
}

}  // namespace

void gap_buckets(std::span<const int64_t> times, std::span<int64_t> out) {
  KASKAD_ASSERT(times.size() == out.size());
  for (size_t i = 0; i < times.size(); ++i) {
    out[i] = gap_bucket(i == 0 ? kNoGap : gap_between(times[i - 1], times[i]));
  }
}

}  // namespace kaskad
