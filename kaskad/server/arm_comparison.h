// How the arms of an experiment do while they are served, each against its layer's control: what a
// canary is watched by. `kaskad ab` over the journal is the judge of an experiment; this one knows
// what a single server has seen since it started. Called by live_metrics.cc.
#pragma once

#include <string>
#include <vector>

#include "kaskad/experiment/config.h"
#include "kaskad/experiment/effect.h"
#include "kaskad/monitor/page_quality.h"

namespace kaskad {

struct ArmComparison {
  std::string layer, arm, control;
  ab::Range sifr;  // (arm - control) / control, 95%, valid at every look
};

// An arm is compared from so many pages on, its own and the control's each: the interval is one for
// many of them.
inline constexpr uint64_t kComparedPages = 1000;

// Of arms that have them; in the order of the configuration.
std::vector<ArmComparison> compare_arms(const PageQuality& quality, const ExperimentConfig& config);

}  // namespace kaskad
