// The time of day, for records.
#pragma once

#include <string>

namespace kaskad {

// "2026-11-24T20:13:00Z"
std::string now_utc();

}  // namespace kaskad
