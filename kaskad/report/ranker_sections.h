// Sections of the page of rankers, each from the whole object; empty when their part is missing.
// Private to ranker_*.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "kaskad/report/html.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {

// The rankers, best first by the deciding metric; those without a figure come last.
std::vector<const nlohmann::json*> best_first(const nlohmann::json& evaluation);

// Of ranker_latency() and of the picture: a series a ranker, the axes of its points.
std::vector<Series> latency_series(const nlohmann::json& evaluation);
Axis latency_axis();
Axis quality_axis(const nlohmann::json& evaluation);

Html ranker_metrics(const nlohmann::json& evaluation);  // a row a ranker, a column a metric
Html ranker_heads(const nlohmann::json& evaluation);    // a row a head and ranker
Html ranker_latency(const nlohmann::json& evaluation);  // quality by time: a point a model and m
Html ranker_reliability(const nlohmann::json& evaluation);  // observed by predicted
Html ranker_importance(const nlohmann::json& evaluation);   // gains of features
Html ranker_curves(const nlohmann::json& evaluation);       // validation by tree or epoch

}  // namespace kaskad::html
