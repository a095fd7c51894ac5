#include "kaskad/server/arm_comparison.h"

#include <cmath>

#include "kaskad/experiment/grouped.h"

namespace kaskad {
namespace {

// Pages of both arms at which the interval is narrowest: a day of a small site.
constexpr double kPlannedPages = 50'000;

using Sums = std::vector<ab::GroupSums>;

// Empty where there are too few pages.
Sums sums_of(const PageQuality& quality, const std::string& experiment, const std::string& layer,
             const std::string& arm) {
  Sums sums;
  uint64_t pages = 0;
  for (const PageQuality::Group& group : quality.groups(experiment, layer, arm)) {
    sums.push_back({static_cast<double>(group.useful_pages), static_cast<double>(group.pages)});
    pages += group.pages;
  }
  return pages < kComparedPages ? Sums() : sums;
}

}  // namespace

std::vector<ArmComparison> compare_arms(const PageQuality& quality,
                                        const ExperimentConfig& config) {
  const ab::EffectOptions options{.sequential =
                                      ab::SequentialOptions{.planned_users = kPlannedPages}};
  std::vector<ArmComparison> comparisons;
  for (const ExperimentLayer& layer : config.layers) {
    const ExperimentArm& control = layer.arms[layer.control];
    const Sums theirs = sums_of(quality, config.name, layer.name, control.name);
    if (theirs.empty()) continue;
    for (const ExperimentArm& arm : layer.arms) {
      if (&arm == &control) continue;
      const Sums ours = sums_of(quality, config.name, layer.name, arm.name);
      if (ours.empty()) continue;
      const ab::Effect effect = ab::effect_of_groups(ours, theirs, options);
      if (!std::isfinite(effect.relative.low)) continue;  // no page of the control was useful
      comparisons.push_back({layer.name, arm.name, control.name, effect.relative});
    }
  }
  return comparisons;
}

}  // namespace kaskad
