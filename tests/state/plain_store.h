// What an EventStore is, said as simply as it can be said: the reference that stores are compared
// with. Keeps nothing beyond the process.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "kaskad/state/event_store.h"

namespace kaskad {

class PlainStore : public EventStore {
 public:
  explicit PlainStore(const StoreLimits& limits) : limits_(limits) {}

  std::vector<Kept> append(std::span<const LiveEvent> events) override {
    const auto oldest = this->oldest();  // of before the batch
    std::vector<Kept> kept;
    for (const LiveEvent& event : events) kept.push_back(append_one(event, oldest));
    return kept;
  }

  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override {
    std::vector<LiveEvent> events;
    scan(std::numeric_limits<int64_t>::min(), [&](const LiveEvent& event) {
      if (event.user_id == user_id) events.push_back(event);
    });
    const size_t most = std::min(limit, limits_.events_per_user);
    if (events.size() > most) events.erase(events.begin(), events.end() - most);
    return events;
  }

  size_t erase_user(std::string_view user_id, int64_t until) override {
    const size_t count = history(user_id, limits_.events_per_user).size();
    std::erase_if(events_, [&](const LiveEvent& event) {
      if (event.user_id != user_id) return false;
      identities_.erase(identity(event));
      return true;
    });
    int64_t& last = erased_.try_emplace(std::string(user_id), until).first->second;
    last = std::max(last, until);
    return count;
  }

  std::optional<int64_t> erased_until(std::string_view user_id) const override {
    const auto found = erased_.find(std::string(user_id));
    return found == erased_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<int64_t> newest() const override { return newest_; }

  uint64_t scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const override {
    std::vector<LiveEvent> sorted = events_;
    std::ranges::stable_sort(sorted, {}, &LiveEvent::time);
    for (const LiveEvent& event : sorted) {
      if (event.time >= std::max(from, oldest())) take(event);
    }
    return 0;
  }

 private:
  using Identity = std::tuple<std::string, std::string, std::string, std::string, std::string,
                              std::string, int64_t, float>;

  static Identity identity(const LiveEvent& event) {
    if (!event.id.empty()) return {event.user_id, event.id, "", "", "", "", 0, 0};
    return {event.user_id,    "",         event.item_id, event.action, event.query,
            event.request_id, event.time, event.weight};
  }

  int64_t oldest() const {
    return newest_ ? *newest_ - limits_.max_age : std::numeric_limits<int64_t>::min();
  }

  Kept append_one(const LiveEvent& event, int64_t oldest) {
    if (event.time < oldest) return Kept::kExpired;
    const auto erased = erased_.find(event.user_id);
    if (erased != erased_.end() && event.time <= erased->second) return Kept::kErased;
    const auto [known, is_new] = identities_.try_emplace(identity(event), event.time);
    if (!is_new && known->second >= oldest) return Kept::kDuplicate;
    known->second = event.time;
    events_.push_back(event);
    newest_ = std::max(newest_.value_or(event.time), event.time);
    return Kept::kStored;
  }

  const StoreLimits limits_;
  std::vector<LiveEvent> events_;           // in the order in which they came
  std::map<Identity, int64_t> identities_;  // time of the event
  std::map<std::string, int64_t> erased_;
  std::optional<int64_t> newest_;
};

}  // namespace kaskad
