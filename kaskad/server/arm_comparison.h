// How the arms of an experiment do while they are served, each against its layer's control: what a
// canary is watched by. `kaskad ab` over the journal is the judge of an experiment; this one knows
// what a single server has seen since it started. Called by live_metrics.cc and arm_guard.h.
#pragma once

#include <string_view>
#include <vector>

#include "kaskad/experiment/config.h"
#include "kaskad/experiment/effect.h"
#include "kaskad/monitor/arm_answers.h"
#include "kaskad/monitor/page_quality.h"

namespace kaskad {

struct ArmComparison {
  size_t layer, arm;  // of the configuration
  ab::Range change;   // with a 95% interval that is valid at every look
};

// An arm is compared from so many pages on, its own and the control's each: the interval is one for
// many of them. Failing answers are told apart sooner: a stage that does not work shows at once.
inline constexpr uint64_t kComparedPages = 1000, kComparedAnswers = 200;

// Pages of both arms at which the interval is narrowest: a day of a small site.
inline constexpr double kPlannedPages = 50'000;

// Of arms that have them, in the order of the configuration. `metric` is "sifr" or "ctr", the
// change (arm - control) / control.
std::vector<ArmComparison> compare_arms(const PageQuality& quality, const ExperimentConfig& config,
                                        std::string_view metric);

// Of the share of degraded answers; the change is arm - control.
std::vector<ArmComparison> compare_degraded(const ArmAnswers& answers,
                                            const ExperimentConfig& config);

}  // namespace kaskad
