#include "kaskad/cooc/sequences.h"

#include <algorithm>

#include "kaskad/core/day.h"
#include "kaskad/core/memory.h"

namespace kaskad {
namespace {}  // namespace

Sequences Sequences::build(const Dataset& dataset, std::span<const uint32_t> fit_end,
                           int64_t horizon, uint32_t max_history, SequenceParts parts) {
  KASKAD_ASSERT(fit_end.size() == dataset.num_users());
  Sequences result;
  result.num_items = dataset.num_items();
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
  result.item = huge_vector<uint32_t>(events, 1);
  for (size_t u = 0; u < users; ++u) {
    const uint64_t begin = result.user_begin[u], kept = result.user_begin[u + 1] - begin;
    const auto items = dataset.history(UserId(u)).items.subspan(fit_end[u] - kept, kept);
    std::transform(items.begin(), items.end(), result.item.begin() + static_cast<ptrdiff_t>(begin),
                   [](ItemId item) { return static_cast<uint32_t>(item); });
  }
  if (parts == SequenceParts::kHistories) return result;
  result.has_clock = dataset.time_kind() == TimeKind::kClock;
  if (result.has_clock) result.copy_days(dataset, fit_end, horizon);
  result.copy_weights(dataset, fit_end);
  result.index_items();
  return result;
}

void Sequences::copy_days(const Dataset& dataset, std::span<const uint32_t> fit_end,
                          int64_t horizon) {
  day.resize(num_events());
  for (size_t u = 0; u < num_users(); ++u) {
    const uint64_t begin = user_begin[u], kept = user_begin[u + 1] - begin;
    const auto times = dataset.history(UserId(u)).times.subspan(fit_end[u] - kept, kept);
    for (size_t p = 0; p < kept; ++p) {
      const int64_t before = times[p] - horizon;
      day[begin + p] = std::min(0.0, static_cast<double>(before) / kMillisecondsADay);
    }
  }
}

void Sequences::copy_weights(const Dataset& dataset, std::span<const uint32_t> fit_end) {
  const auto is_one = [](float value) { return value == 1; };
  if (std::all_of(dataset.weight().begin(), dataset.weight().end(), is_one)) return;
  weight.resize(num_events());
  for (size_t u = 0; u < num_users(); ++u) {
    const uint64_t begin = user_begin[u], kept = user_begin[u + 1] - begin;
    const auto weights = dataset.history(UserId(u)).weights.subspan(fit_end[u] - kept, kept);
    std::transform(weights.begin(), weights.end(), weight.begin() + static_cast<ptrdiff_t>(begin),
                   [](float value) { return std::max(0.0f, value); });
  }
}

void Sequences::index_items() {
  user.resize(num_events());
  for (size_t u = 0; u < num_users(); ++u) {
    std::fill(user.begin() + static_cast<ptrdiff_t>(user_begin[u]),
              user.begin() + static_cast<ptrdiff_t>(user_begin[u + 1]), static_cast<uint32_t>(u));
  }
  item_begin.assign(num_items + 1, 0);
  for (const uint32_t i : item) ++item_begin[i + 1];
  for (size_t i = 0; i < num_items; ++i) item_begin[i + 1] += item_begin[i];
  occurrence.resize(item.size());
  std::vector<uint64_t> next(item_begin.begin(), item_begin.end() - 1);
  for (size_t e = 0; e < item.size(); ++e) occurrence[next[item[e]]++] = static_cast<uint32_t>(e);
}

}  // namespace kaskad
