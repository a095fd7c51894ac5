#include "kaskad/cascade/last_good.h"

namespace kaskad {

void LastGood::keep(const std::string& user, std::vector<ScoredItem> list) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_user_.find(user); found != by_user_.end()) {
    found->second->second.swap(list);
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.emplace_front(user, std::move(list));
  by_user_.emplace(entries_.front().first, entries_.begin());
  if (entries_.size() <= most_users_) return;
  by_user_.erase(entries_.back().first);
  entries_.pop_back();
}

std::optional<std::vector<ScoredItem>> LastGood::find(const std::string& user) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_user_.find(user);
  if (found == by_user_.end()) return std::nullopt;
  return found->second->second;
}

}  // namespace kaskad
