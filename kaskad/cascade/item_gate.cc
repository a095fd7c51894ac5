#include "kaskad/cascade/item_gate.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {

ItemGate::ItemGate(size_t num_items)
    : reasons_(num_items, 0),
      filters_([num_items] { return std::make_unique<ItemFilter>(num_items); }) {}

void ItemGate::block(const std::vector<uint8_t>& blocked, const std::string& why) {
  KASKAD_ASSERT(blocked.size() == reasons_.size());
  if (texts_.size() == 250) throw Error("found more than 250 rules, expected at most so many");
  texts_.push_back(why);
  for (size_t item = 0; item < reasons_.size(); ++item) {
    if (!blocked[item] || reasons_[item] != 0) continue;
    reasons_[item] = static_cast<uint8_t>(texts_.size());
    ++num_blocked_;
  }
}

ItemGate::Pass::Pass(const ItemGate& gate, const Question& question)
    : gate_(gate),
      question_(question),
      nothing_allowed_(question.request.allow && question.request.allow->empty()),
      filter_(gate.filters_) {
  filter_->set(question.query());
}

std::optional<std::string> ItemGate::Pass::why_not(ItemId item) const {
  if (const uint8_t reason = gate_.reasons_[index(item)]) return gate_.texts_[reason - 1U];
  if (allows(item)) return std::nullopt;
  const CascadeRequest& request = question_.request;
  const auto holds = [item](const std::vector<ItemId>& list) {
    return std::ranges::find(list, item) != list.end();
  };
  if (request.exclude_seen && holds(question_.history.items)) return "seen: in the history";
  if (holds(request.exclude)) return "in the request's 'exclude'";
  return "not in the request's 'allow'";
}

}  // namespace kaskad
