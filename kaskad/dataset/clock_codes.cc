#include "kaskad/dataset/clock_codes.h"

#include <chrono>

namespace kaskad {

std::array<int64_t, kClockPlaces> clock_codes(int64_t unix_milliseconds) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_milliseconds)};
  const auto day = floor<days>(time);
  const int64_t hour = floor<hours>(time - day).count();
  const auto weekday_from_monday = static_cast<int64_t>(weekday(day).iso_encoding()) - 1;
  return {1 + hour, 25 + weekday_from_monday};
}

}  // namespace kaskad
