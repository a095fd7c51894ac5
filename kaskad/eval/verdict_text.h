// How verdicts put figures, intervals and names into words.
#pragma once

#include <string>
#include <vector>

namespace kaskad {

std::string verdict_figure(double value);                       // "0.1671"
std::string verdict_range(double low, double high);             // "(95% interval 0.1602 to 0.1740)"
std::string join_names(const std::vector<std::string>& names);  // "a, b and c"

}  // namespace kaskad
