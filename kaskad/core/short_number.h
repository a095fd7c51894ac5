// Numbers in sentences and names, as short as six digits allow: 0.5, 1e+09, 20.
#pragma once

#include <cstdio>
#include <string>

namespace kaskad {

inline std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

}  // namespace kaskad
