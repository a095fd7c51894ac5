// The plots and tables of the describe page, one function each; empty Html when the description
// lacks their part. Private to describe_page.cc and the describe_*.cc files.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kaskad/report/html.h"

namespace kaskad::html {

Html history_lengths(const nlohmann::json& description);
Html item_counts(const nlohmann::json& description);
Html popularity_share(const nlohmann::json& description);  // Lorenz curve
Html popularity_rank(const nlohmann::json& description);   // log-log
Html activity_over_time(const nlohmann::json& description);
Html gaps_between_events(const nlohmann::json& description);
Html action_rows(const nlohmann::json& description);
Html weight_rows(const nlohmann::json& description);
Html feature_table(const nlohmann::json& description);

}  // namespace kaskad::html
