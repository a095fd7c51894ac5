// The time of day, for records and for people.
#pragma once

#include <cstdint>
#include <string>

namespace kaskad {

// "2026-11-24T20:13:00Z"
std::string now_utc();
std::string utc_text(double seconds);  // since 1970

std::string date_text(int64_t day);  // "2026-11-24", of days since 1970

int64_t wall_clock();  // milliseconds since 1970
double seconds_since_1970();

}  // namespace kaskad
