// A description of a dataset for the terminal: aligned numbers and small bars.
#pragma once

#include <string>

#include "kaskad/dataset/describe.h"

namespace kaskad::cli {

std::string describe_text(const Description& description);

std::string with_commas(uint64_t number);     // "999,611"
std::string percent(double share);            // "4.8%"
std::string bar(double share, size_t width);  // of `width` cells, in eighths

}  // namespace kaskad::cli
