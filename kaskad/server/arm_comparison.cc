#include "kaskad/server/arm_comparison.h"

#include <cmath>
#include <functional>

#include "kaskad/experiment/grouped.h"

namespace kaskad {
namespace {

constexpr double kPlannedItems = 10 * kPlannedPages;  // pages of ten

using Sums = std::vector<ab::GroupSums>;
// Of an arm; empty where there is too little to compare.
using SumsOf = std::function<Sums(const ExperimentLayer&, const ExperimentArm&)>;

std::vector<ArmComparison> compare(const ExperimentConfig& config, const SumsOf& sums_of,
                                   double planned, ab::Range ab::Effect::* range) {
  const ab::EffectOptions options{.sequential = ab::SequentialOptions{.planned_users = planned}};
  std::vector<ArmComparison> comparisons;
  for (size_t l = 0; l < config.layers.size(); ++l) {
    const ExperimentLayer& layer = config.layers[l];
    const Sums theirs = sums_of(layer, layer.arms[layer.control]);
    if (theirs.empty()) continue;
    for (size_t a = 0; a < layer.arms.size(); ++a) {
      if (a == layer.control) continue;
      const Sums ours = sums_of(layer, layer.arms[a]);
      if (ours.empty()) continue;
      const ab::Range change = ab::effect_of_groups(ours, theirs, options).*range;
      if (std::isfinite(change.low)) comparisons.push_back({l, a, change});  // the control has any
    }
  }
  return comparisons;
}

}  // namespace

std::vector<ArmComparison> compare_arms(const PageQuality& quality, const ExperimentConfig& config,
                                        std::string_view metric) {
  const bool ctr = metric == "ctr";
  const SumsOf sums_of = [&](const ExperimentLayer& layer, const ExperimentArm& arm) {
    Sums sums;
    uint64_t pages = 0;
    for (const auto& group : quality.groups(config.name, layer.name, arm.name)) {
      sums.push_back({static_cast<double>(ctr ? group.clicked_items : group.useful_pages),
                      static_cast<double>(ctr ? group.shown_items : group.pages)});
      pages += group.pages;
    }
    return pages < kComparedPages ? Sums() : sums;
  };
  return compare(config, sums_of, ctr ? kPlannedItems : kPlannedPages, &ab::Effect::relative);
}

std::vector<ArmComparison> compare_degraded(const ArmAnswers& answers,
                                            const ExperimentConfig& config) {
  const SumsOf sums_of = [&](const ExperimentLayer& layer, const ExperimentArm& arm) {
    Sums sums;
    uint64_t all = 0;
    for (const auto& group : answers.groups(config.name, layer.name, arm.name)) {
      sums.push_back({static_cast<double>(group.degraded), static_cast<double>(group.answers)});
      all += group.answers;
    }
    return all < kComparedAnswers ? Sums() : sums;
  };
  return compare(config, sums_of, kPlannedPages, &ab::Effect::difference);
}

}  // namespace kaskad
