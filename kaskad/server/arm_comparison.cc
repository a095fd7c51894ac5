#include "kaskad/server/arm_comparison.h"

#include <algorithm>
#include <cmath>

#include "kaskad/experiment/grouped.h"

namespace kaskad {
namespace {

// Pages of both arms at which the interval is narrowest: a day of a small site.
constexpr double kPlannedPages = 50'000;

std::vector<ab::GroupSums> sums_of(const PageQuality::Row& row) {
  std::vector<ab::GroupSums> sums;
  for (const auto& group : row.groups) {
    sums.push_back({static_cast<double>(group.useful_pages), static_cast<double>(group.pages)});
  }
  return sums;
}

const PageQuality::Row* find_row(const std::vector<PageQuality::Row>& rows,
                                 const std::string& experiment, const std::string& layer,
                                 const std::string& arm) {
  const auto found = std::ranges::find_if(rows, [&](const PageQuality::Row& row) {
    return row.experiment == experiment && row.layer == layer && row.arm == arm;
  });
  return found == rows.end() || found->pages < kComparedPages ? nullptr : &*found;
}

}  // namespace

std::vector<ArmComparison> compare_arms(const PageQuality& quality,
                                        const ExperimentConfig& config) {
  const ab::EffectOptions options{.sequential =
                                      ab::SequentialOptions{.planned_users = kPlannedPages}};
  const std::vector<PageQuality::Row> rows = quality.rows();
  std::vector<ArmComparison> comparisons;
  for (const ExperimentLayer& layer : config.layers) {
    const std::string& name = layer.arms[layer.control].name;
    const PageQuality::Row* const control = find_row(rows, config.name, layer.name, name);
    if (!control) continue;
    for (const ExperimentArm& arm : layer.arms) {
      const PageQuality::Row* const row = find_row(rows, config.name, layer.name, arm.name);
      if (!row || row == control) continue;
      const ab::Effect effect = ab::effect_of_groups(sums_of(*row), sums_of(*control), options);
      if (!std::isfinite(effect.relative.low)) continue;  // no page of the control was useful
      comparisons.push_back({layer.name, arm.name, name, effect.relative});
    }
  }
  return comparisons;
}

}  // namespace kaskad
