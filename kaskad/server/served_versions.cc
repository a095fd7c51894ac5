#include "kaskad/server/served_versions.h"

#include <shared_mutex>
#include <utility>

#include "kaskad/core/utc.h"
#include "kaskad/server/pairs_catch_up.h"

namespace kaskad {

ServedVersions::ServedVersions(Bundles first, Metrics& metrics, const ArmGuard& guard,
                               std::shared_ptr<LiveState> live, bool keep_previous)
    : metrics_(metrics), guard_(guard), live_(std::move(live)), keep_previous_(keep_previous) {
  begin({std::make_shared<const Served>(std::move(first)), ""});
  if (const PeerChannel* peers = live_ ? live_->store().peers() : nullptr) {
    feed_ = std::make_unique<PeerFeed>(*peers, [this](PeerNews& news) { take(news); });
  }
}

void ServedVersions::take(PeerNews& news) {
  const std::shared_lock intake(live_->intake());
  const std::shared_ptr<const Served> served = now();
  hear(news, *served, live_->quality());
  if (news.event && news.arrival > arrivals_) served->count_items(*news.event);
}

std::shared_ptr<const Served> ServedVersions::now() const {
  const std::lock_guard lock(mutex_);
  return current_.served;
}

void ServedVersions::exchange(Bundles next) {
  begin({std::make_shared<const Served>(std::move(next)), ""});
}

bool ServedVersions::roll_back() {
  Entry older;
  {
    const std::lock_guard lock(mutex_);
    older = previous_;
  }
  if (!older.served) return false;
  begin(std::move(older));
  return true;
}

void ServedVersions::begin(Entry next) {
  const std::shared_ptr<const Served> served = next.served;
  // The journal is long, and nothing that comes in waits for it: what the version before was told
  // meanwhile is read afterwards.
  std::optional<PairsCatchUp> pairs;
  if (live_) pairs.emplace(*served, *live_);
  {
    std::unique_lock<std::shared_mutex> intake;
    if (live_) {
      intake = std::unique_lock(live_->intake());
      arrivals_ = served->catch_up(live_->store());
    }
    metrics_.served(*served);
    guard_.begin(*served);
    next.since = now_utc();
    const std::lock_guard lock(mutex_);
    std::swap(current_, next);
    if (keep_previous_) std::swap(previous_, next);
  }
  if (pairs) pairs->go_on();
  // What was the previous one ends here, outside the lock, or with the last request that began with
  // it.
}

ServedVersions::Version ServedVersions::current() const {
  const std::lock_guard lock(mutex_);
  return {current_.served->version(), current_.since};
}

std::optional<ServedVersions::Version> ServedVersions::previous() const {
  const std::lock_guard lock(mutex_);
  if (!previous_.served) return std::nullopt;
  return Version{previous_.served->version(), previous_.since};
}

}  // namespace kaskad
