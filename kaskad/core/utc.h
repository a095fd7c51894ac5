// The time of day, for records and for people.
#pragma once

#include <string>

namespace kaskad {

// "2026-11-24T20:13:00Z"
std::string now_utc();
std::string utc_text(double seconds);  // since 1970

}  // namespace kaskad
