#include "kaskad/server/given_history.h"

#include <algorithm>
#include <numeric>

namespace kaskad {

int64_t to_dataset_time(int64_t time, TimeKind kind) {
  constexpr int64_t kLargestSeconds = 100'000'000'000;
  const bool seconds =
      kind == TimeKind::kClock && time < kLargestSeconds && time > -kLargestSeconds;
  return seconds ? time * 1000 : time;
}

KnownHistory known_history(const GivenHistory& given, const IdMap& items, TimeKind kind) {
  KnownHistory known;
  std::vector<size_t> order(given.items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (!given.times.empty()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return given.times[a] < given.times[b]; });
  }
  for (const size_t event : order) {
    const auto item = items.find(given.items[event]);
    if (!item) {
      known.unknown_items.push_back(given.items[event]);
      continue;
    }
    known.items.push_back(ItemId{*item});
    known.positions.push_back(event);
    if (given.times.empty()) continue;
    known.times.push_back(to_dataset_time(given.times[event], kind));
  }
  known.weights.assign(known.items.size(), 1.0f);
  return known;
}

}  // namespace kaskad
