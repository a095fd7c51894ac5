// Times of a log are milliseconds; people and options count in days.
#pragma once

#include <cstdint>

namespace kaskad {

inline constexpr int64_t kMillisecondsADay = 86'400'000;

}  // namespace kaskad
