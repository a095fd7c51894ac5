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

// What the first gains on each of the others, case by case: whether it is above 0 with certainty
// is not to be seen from two intervals side by side.
std::string difference_table(const std::vector<Evaluation>& evaluations,
                             const BootstrapOptions& bootstrap);

// A row per part of the cases, and the findings in words.
std::string segment_table(const SegmentReport& report);

}  // namespace kaskad::cli
