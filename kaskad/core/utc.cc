#include "kaskad/core/utc.h"

#include <ctime>

namespace kaskad {

std::string now_utc() { return utc_text(static_cast<double>(std::time(nullptr))); }

std::string utc_text(double seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace kaskad
