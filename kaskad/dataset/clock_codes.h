// The time of a request as small numbers that a model can look up: hour of the day and day of the
// week, UTC. Used alike where models learn and where they answer, so that both see the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kaskad {

// Codes 1 to 24 are hours, 25 to 31 days from Monday on; 0 is an unknown time.
inline constexpr int64_t kClockCodes = 32;
inline constexpr size_t kClockPlaces = 2;

std::array<int64_t, kClockPlaces> clock_codes(int64_t unix_milliseconds);

}  // namespace kaskad
