#include "kaskad/eval/verdict_text.h"

#include <cstdio>

namespace kaskad {

std::string verdict_figure(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4f", value);
  return text;
}

std::string verdict_range(double low, double high) {
  return "(95% interval " + verdict_figure(low) + " to " + verdict_figure(high) + ")";
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (size_t n = 0; n < names.size(); ++n) {
    text += (n == 0 ? "" : n + 1 == names.size() ? " and " : ", ") + names[n];
  }
  return text;
}

}  // namespace kaskad
