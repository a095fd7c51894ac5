// The tables that `kaskad eval` prints for a person.
#pragma once

#include <string>
#include <vector>

#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/segments.h"

namespace kaskad::cli {

// Left-aligned columns, two blanks apart.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

// A column per model, a row per metric with its interval, the definitions below.
std::string metric_table(const std::vector<Evaluation>& evaluations);

// A row per part of the cases, and the findings in words.
std::string segment_table(const SegmentReport& report);

}  // namespace kaskad::cli
