// The finished runs of `kaskad ablate` asked and timed, one after the other. Called by ablate.cc.
#pragma once

#include <string>
#include <vector>

#include "cli/ablation_questions.h"
#include "cli/ablation_runs.h"
#include "kaskad/ablation/ablation.h"

namespace kaskad::cli {

// All but the model's name; `metric` comes first. Models are written into `folder` for a moment
// where they are timed. Throws Error where no run of the recipe itself is finished, or the metric
// is none of the questions'.
Ablation measure_runs(const TrainedRuns& trained, const std::vector<Component>& chosen,
                      const AblationQuestions& questions, const std::string& folder,
                      const std::string& metric);

}  // namespace kaskad::cli
