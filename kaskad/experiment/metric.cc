#include "kaskad/experiment/metric.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"

namespace kaskad::ab {
namespace {

double at(std::span<const double> sums, size_t column) {
  return column < sums.size() ? sums[column] : 0;
}

}  // namespace

UserPart part_of(const Metric& metric, std::span<const double> sums,
                 std::span<const double> before) {
  const auto above = [&](std::span<const double> from, size_t column) {
    const double sum = at(from, column);
    return metric.whether ? (sum > 0 ? 1.0 : 0.0) : sum;
  };
  UserPart part{above(sums, metric.above), metric.below ? at(sums, *metric.below) : 1, 0, 0};
  if (metric.before_above) {
    part.before_above = above(before, *metric.before_above);
    part.before_below = metric.before_below ? at(before, *metric.before_below) : 1;
  }
  return part;
}

std::vector<Metric> log_metrics(const std::vector<std::string>& actions, const std::string& click,
                                const std::string& useful) {
  std::vector<Metric> metrics = {
      {"sifr", "useful pages / all pages; useful: at least one " + useful + " on it", kUsefulPages,
       kPages},
      {"ctr", "items with a " + click + " / items shown", kItemsClicked, kItemsShown}};
  for (size_t a = 0; a < actions.size(); ++a) {
    metrics.push_back({actions[a] + "_per_page",
                       "weight of each item's first " + actions[a] + " on a page / pages",
                       kFirstAction + a, kPages});
  }
  metrics.push_back({"conversion", "users with a useful page / users", kUsefulPages, {}, true});
  metrics.push_back({"pages_per_user", "pages / users", kPages});
  for (Metric& metric : metrics) {
    metric.before_above = metric.above;
    metric.before_below = metric.below;
  }
  return metrics;
}

const Metric& find_metric(const std::vector<Metric>& metrics, const std::string& name) {
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  if (found != metrics.end()) return *found;
  throw Error("metric '" + name + "' is not there; expected " + one_of(known_names(metrics), name));
}

}  // namespace kaskad::ab
