#include "kaskad/server/given_history.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/day.h"
#include "kaskad/model/ranker.h"

namespace kaskad {
namespace {

void add_action(const std::string& name, const ActionCodes& codes, KnownHistory& known) {
  const auto code = codes.find(name);
  known.actions.push_back(code == codes.end() ? kUnknownAction : code->second);
  if (code != codes.end() || name.empty()) return;
  auto& unknown = known.unknown_actions;
  if (std::find(unknown.begin(), unknown.end(), name) == unknown.end()) unknown.push_back(name);
}

}  // namespace

int64_t to_dataset_time(int64_t time, TimeKind kind) {
  return kind == TimeKind::kClock ? to_milliseconds(time) : time;
}

ActionCodes codes_of(const std::vector<std::string>& names) {
  ActionCodes codes;
  for (const std::string& name : names) {
    codes.emplace(name, static_cast<uint8_t>(codes.size()));
  }
  return codes;
}

KnownHistory known_history(const GivenHistory& given, const IdMap& items, TimeKind kind,
                           const ActionCodes& actions) {
  return known_history(given, find_in(items), kind, actions);
}

FindItem find_in(const IdMap& items) {
  return [&items](std::string_view id) -> std::optional<ItemId> {
    const auto found = items.find(id);
    return found ? std::optional(ItemId{*found}) : std::nullopt;
  };
}

KnownHistory known_history(const GivenHistory& given, const FindItem& find, TimeKind kind,
                           const ActionCodes& actions) {
  KnownHistory known;
  std::vector<size_t> order(given.items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (!given.times.empty()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return given.times[a] < given.times[b]; });
  }
  for (const size_t event : order) {
    const auto item = find(given.items[event]);
    if (!item) {
      known.unknown_items.push_back(given.items[event]);
      continue;
    }
    known.items.push_back(*item);
    known.positions.push_back(event);
    if (!actions.empty() && !given.actions.empty()) {
      add_action(given.actions[event], actions, known);
    }
    if (given.times.empty()) continue;
    known.times.push_back(to_dataset_time(given.times[event], kind));
  }
  known.weights.assign(known.items.size(), 1.0f);
  return known;
}

}  // namespace kaskad
