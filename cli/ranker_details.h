// What stands beside a ranker's figures on the page of `kaskad eval-ranker --report`: how it came
// about, read from its folder, and what a request costs, read from a benchmark.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kaskad/ranking/list_evaluation.h"

namespace kaskad::cli {

// "importance" and "curves" as ranker_page.h names them, where the manifest or curve.jsonl beside
// it has them. `folder` is a ranker bundle or the folder of a training; empty: nothing.
nlohmann::json ranker_details(const std::string& folder);

// The measurements in `file` (`kaskad bench rank --json`) of the rankers in `folders`, named as the
// evaluations are: "latency" of ranker_page.h. Throws Error when none of them is there.
std::vector<nlohmann::json> timings_of(const std::string& file,
                                       const std::vector<std::string>& folders,
                                       const std::vector<ListEvaluation>& evaluations);

}  // namespace kaskad::cli
