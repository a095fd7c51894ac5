#include "kaskad/cooc/sequences.h"

#include <algorithm>

namespace kaskad {
namespace {

constexpr double kMillisecondsPerDay = 86'400'000.0;

}  // namespace

Sequences Sequences::build(const Dataset& dataset, std::span<const uint32_t> fit_end,
                           int64_t horizon, uint32_t max_history) {
  KASKAD_ASSERT(fit_end.size() == dataset.num_users());
  Sequences result;
  result.num_items = dataset.num_items();
  result.has_clock = dataset.time_kind() == TimeKind::kClock;
  const size_t users = dataset.num_users();
  result.user_begin.reserve(users + 1);
  result.user_begin.push_back(0);
  for (size_t u = 0; u < users; ++u) {
    const uint32_t kept = max_history > 0 ? std::min(fit_end[u], max_history) : fit_end[u];
    result.user_begin.push_back(result.user_begin.back() + kept);
  }
  const size_t events = result.user_begin.back();
  if (events > UINT32_MAX) {
    throw Error("the log has " + std::to_string(events) +
                " events to learn from, expected at most 4294967295; cap the histories");
  }
  result.item.resize(events);
  result.user.resize(events);
  if (result.has_clock) result.day.resize(events);
  for (size_t u = 0; u < users; ++u) {
    const History history = dataset.history(UserId(u));
    const uint64_t begin = result.user_begin[u];
    const size_t kept = result.user_begin[u + 1] - begin;
    const size_t skipped = fit_end[u] - kept;
    for (size_t p = 0; p < kept; ++p) {
      result.item[begin + p] = static_cast<uint32_t>(history.items[skipped + p]);
      result.user[begin + p] = static_cast<uint32_t>(u);
      if (!result.has_clock) continue;
      const int64_t before = history.times[skipped + p] - horizon;
      result.day[begin + p] = std::min(0.0, static_cast<double>(before) / kMillisecondsPerDay);
    }
  }
  result.index_items();
  return result;
}

void Sequences::index_items() {
  item_begin.assign(num_items + 1, 0);
  for (const uint32_t i : item) ++item_begin[i + 1];
  for (size_t i = 0; i < num_items; ++i) item_begin[i + 1] += item_begin[i];
  occurrence.resize(item.size());
  std::vector<uint64_t> next(item_begin.begin(), item_begin.end() - 1);
  for (size_t e = 0; e < item.size(); ++e) occurrence[next[item[e]]++] = static_cast<uint32_t>(e);
}

}  // namespace kaskad
