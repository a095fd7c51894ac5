// The answer of an experiment as `kaskad ab --json` prints it and report/ab_page.h reads it. Not
// finite numbers are null.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kaskad/experiment/analysis.h"
#include "kaskad/experiment/read_log.h"

namespace kaskad::ab {

nlohmann::json to_json(const Analysis& analysis);

// What was read and what was left out of it.
nlohmann::json reading_json(const ReadLog& read);

// The first few broken lines, and how many there are.
nlohmann::json to_json(const SkippedRows& skipped);

}  // namespace kaskad::ab
