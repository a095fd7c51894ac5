// What a run leaves behind for `compare`: a directory with the values of every case, and a line
// in the list of all runs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/eval/evaluation.h"

namespace kaskad {

// evaluation.json (to_json() of the evaluation), values.npy (cases, metrics with intervals; <f8)
// and users.npy (cases; <u4); all or nothing.
void save_evaluation(const std::string& directory, const Evaluation& evaluation);

// The reverse. Throws Error when a file is missing or they do not fit together.
Evaluation load_evaluation(const std::string& directory);

// Appends `result` as one line; several processes may do so at once. Makes the folder.
void append_result(const std::string& path, const nlohmann::json& result);

// a - b of one metric, case by case. Throws Error when they were not asked the same questions.
PairedDifference compare(const Evaluation& a, const Evaluation& b, const std::string& metric,
                         const BootstrapOptions& options = {});

}  // namespace kaskad
