#include "kaskad/server/user_history.h"

#include <algorithm>
#include <numeric>

#include "kaskad/model/ranker.h"
#include "kaskad/server/request_limits.h"

namespace kaskad {
namespace {

// Of order numbers nobody knows when they were.
void forget_until(int64_t until, TimeKind kind, KnownHistory& history) {
  const auto& times = history.times;
  const auto end = kind == TimeKind::kClock
                       ? std::upper_bound(times.begin(), times.end(), until) - times.begin()
                       : static_cast<ptrdiff_t>(times.size());
  history.items.erase(history.items.begin(), history.items.begin() + end);
  history.times.erase(history.times.begin(), history.times.begin() + end);
}

bool is_stored(const KnownHistory& history, size_t count, ItemId item, int64_t time) {
  const auto end = history.times.begin() + static_cast<ptrdiff_t>(count);
  auto at = std::lower_bound(history.times.begin(), end, time);
  for (; at != end && *at == time; ++at) {
    if (history.items[static_cast<size_t>(at - history.times.begin())] == item) return true;
  }
  return false;
}

template <typename T>
void reorder(const std::vector<size_t>& order, std::vector<T>& values) {
  if (values.empty()) return;
  std::vector<T> sorted;
  sorted.reserve(order.size());
  for (const size_t from : order) sorted.push_back(values[from]);
  values = std::move(sorted);
}

void sort_by_time(KnownHistory& history) {
  if (std::ranges::is_sorted(history.times)) return;
  std::vector<size_t> order(history.times.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t event) { return history.times[event]; });
  reorder(order, history.items);
  reorder(order, history.times);
  reorder(order, history.actions);
}

}  // namespace

KnownHistory to_known(const History& stored) {
  KnownHistory history;
  history.items.assign(stored.items.begin(), stored.items.end());
  history.times.assign(stored.times.begin(), stored.times.end());
  history.weights.assign(history.items.size(), 1.0F);
  return history;
}

LiveUser add_live_events(const EventStore& store, const std::string& user_id, const FindItem& find,
                         TimeKind kind, const ActionCodes& actions, KnownHistory& history) {
  const auto [events, until, newest] = store.user_state(user_id, kMaxHistory);
  if (until) forget_until(*until, kind, history);
  if (!actions.empty()) history.actions.assign(history.items.size(), kUnknownAction);
  const size_t stored = history.items.size();
  int64_t number = history.times.empty() ? 0 : history.times.back();
  for (const LiveEvent& event : events) {
    const auto item = find(event.item_id);
    const bool clock = kind == TimeKind::kClock;
    if (!item || (clock && is_stored(history, stored, *item, event.time))) continue;
    history.items.push_back(*item);
    history.times.push_back(clock ? event.time : ++number);
    if (actions.empty()) continue;
    const auto code = actions.find(event.action);
    history.actions.push_back(code == actions.end() ? kUnknownAction : code->second);
  }
  sort_by_time(history);
  history.weights.assign(history.items.size(), 1.0F);
  return {!events.empty(), until.has_value(), kind == TimeKind::kClock ? newest : std::nullopt};
}

}  // namespace kaskad
