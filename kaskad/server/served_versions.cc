#include "kaskad/server/served_versions.h"

#include <shared_mutex>
#include <utility>

#include "kaskad/core/utc.h"

namespace kaskad {

ServedVersions::ServedVersions(Bundles first, Metrics& metrics, const ArmGuard& guard,
                               std::shared_ptr<LiveState> live, bool keep_previous)
    : metrics_(metrics), guard_(guard), live_(std::move(live)), keep_previous_(keep_previous) {
  begin({std::make_shared<const Served>(std::move(first)), ""});
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
  std::unique_ptr<JournalReader> journal;
  if (live_ && live_->journal()) journal = served->catch_up(*live_->journal());
  {
    std::unique_lock<std::shared_mutex> intake;
    if (live_) {
      intake = std::unique_lock(live_->intake());
      served->catch_up(live_->store());
    }
    metrics_.served(*served);
    guard_.begin(*served);
    next.since = now_utc();
    const std::lock_guard lock(mutex_);
    std::swap(current_, next);
    if (keep_previous_) std::swap(previous_, next);
  }
  if (journal) served->catch_up_on(*journal);
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
