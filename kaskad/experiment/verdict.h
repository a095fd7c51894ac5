// What an experiment says in sentences: for who decides by them and for who must defend them.
// Called by analysis.h.
#pragma once

#include <string>
#include <vector>

#include "kaskad/experiment/analysis.h"

namespace kaskad::ab {

// Of the deciding metric, one sentence an arm; before it, what forbids to decide at all.
std::string verdict_of(const LayerReport& layer, const std::vector<Metric>& metrics,
                       const Metric& deciding, const EffectOptions& options);

// What stands in the way of believing the figures, one sentence each; empty: nothing.
std::vector<std::string> warnings_of(const LayerReport& layer);

// Four digits: "0.3100".
std::string value_text(double value);
// "+1.94%"
std::string percent_text(double share);
// "0.013", "< 0.0001"
std::string p_text(double p);

}  // namespace kaskad::ab
