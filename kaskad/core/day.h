// Times of a log are milliseconds; people and options count in days.
#pragma once

#include <cstdint>

namespace kaskad {

inline constexpr int64_t kMillisecondsADay = 86'400'000;

// Since 1970, UTC, of milliseconds; those before it count downwards from -1.
constexpr int64_t day_of(int64_t milliseconds) {
  return milliseconds / kMillisecondsADay - (milliseconds % kMillisecondsADay < 0);
}

// Seconds become milliseconds, told by their size: 10^11 seconds are the year 5138, as milliseconds
// 1973.
constexpr int64_t to_milliseconds(int64_t time) {
  constexpr int64_t kLargestSeconds = 100'000'000'000;
  return time < kLargestSeconds && time > -kLargestSeconds ? time * 1000 : time;
}

}  // namespace kaskad
