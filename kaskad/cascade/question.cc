#include "kaskad/cascade/question.h"

namespace kaskad {

std::vector<ItemId> to_own_ids(std::span<const ItemId> items, const IdTranslation& ids) {
  std::vector<ItemId> own;
  own.reserve(items.size());
  for (const ItemId item : items) {
    if (const ItemId id = ids.to_own(item); id != kNoItem) own.push_back(id);
  }
  return own;
}

OwnedHistory to_own_history(const OwnedHistory& history, const IdTranslation& ids,
                            std::span<const uint8_t> action_codes) {
  OwnedHistory own;
  own.items.reserve(history.items.size());
  for (size_t event = 0; event < history.items.size(); ++event) {
    const ItemId id = ids.to_own(history.items[event]);
    if (id == kNoItem) continue;
    own.items.push_back(id);
    own.times.push_back(history.times[event]);
    if (!history.weights.empty()) own.weights.push_back(history.weights[event]);
    if (history.actions.empty() || action_codes.empty()) continue;
    own.actions.push_back(action_codes[history.actions[event]]);
  }
  return own;
}

const char* to_string(Placed placed) {
  constexpr const char* kNames[] = {"ranked", "pinned", "fresh", "explored"};
  return kNames[static_cast<size_t>(placed)];
}

}  // namespace kaskad
