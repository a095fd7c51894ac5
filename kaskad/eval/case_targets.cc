#include "kaskad/eval/case_targets.h"

#include <algorithm>

namespace kaskad {
namespace {

bool contains(std::span<const ItemId> items, ItemId item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

void find_targets(const Dataset& dataset, const EvalCase& one, bool exclude_seen,
                  CaseTargets& targets) {
  const auto items = dataset.history(one.user).items;
  const auto seen = items.first(one.history_end);
  const auto later = items.subspan(one.history_end, one.target_end - one.history_end);
  targets.items.clear();
  targets.dropped = 0;
  for (size_t i = 0; i < later.size(); ++i) {
    if (contains(later.first(i), later[i])) continue;
    if (exclude_seen && contains(seen, later[i])) {
      ++targets.dropped;
    } else {
      targets.items.push_back(later[i]);
    }
  }
}

Query case_query(const Dataset& dataset, const EvalCase& one, bool exclude_seen) {
  const History all = dataset.history(one.user);
  Query query{.history = all.first(one.history_end), .exclude_seen = exclude_seen};
  query.user_features = dataset.features(one.user);
  if (dataset.time_kind() == TimeKind::kClock) {
    query.now = all.times[one.history_end];
  } else if (one.history_end > 0) {
    query.now = all.times[one.history_end - 1];
  }
  return query;
}

}  // namespace kaskad
