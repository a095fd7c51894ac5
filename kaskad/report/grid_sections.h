// The sections of the grid page, one function each; empty Html when the result lacks their part.
// Private to grid_page.cc and the grid_*.cc files.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/report/html.h"

namespace kaskad::html {

Html grid_verdict(const nlohmann::json& grid);      // the first screen's sentence
Html grid_contest(const nlohmann::json& grid);      // winner, other kinds, baselines: a plot
Html grid_advice(const nlohmann::json& grid);       // cards
Html grid_marginals(const nlohmann::json& grid);    // small multiples, one a knob
Html grid_segments(const nlohmann::json& grid);     // where the gain comes from
Html grid_leaderboard(const nlohmann::json& grid);  // every variant
Html grid_blend(const nlohmann::json& grid);        // weights of a combination of matrices

std::string grid_metric(const nlohmann::json& grid);  // the metric that chose: "ndcg@10"

}  // namespace kaskad::html
