// Sections of the compare page, each from the whole object; empty when their part is missing.
// Private to compare_*.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kaskad/report/html.h"

namespace kaskad::html {

Html compare_metrics(const nlohmann::json& comparison);   // a row a run, a column a metric
Html compare_costs(const nlohmann::json& comparison);     // time and memory, and quality by price
Html compare_segments(const nlohmann::json& comparison);  // a row a part, a column a run
Html compare_curves(const nlohmann::json& comparison);    // metrics by epoch of trained models

}  // namespace kaskad::html
