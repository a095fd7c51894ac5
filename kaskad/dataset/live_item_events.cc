#include "kaskad/dataset/live_item_events.h"

#include <algorithm>
#include <mutex>

namespace kaskad {
namespace {

// At the end, but for late events.
void insert_sorted(std::vector<int64_t>& times, int64_t time) {
  times.insert(std::upper_bound(times.begin(), times.end(), time), time);
}

}  // namespace

void LiveItemEvents::clear() {
  for (Shard& shard : shards_) {
    const std::unique_lock lock(shard.mutex);
    shard.times.clear();
  }
  const std::unique_lock lock(all_mutex_);
  all_times_.clear();
  size_ = 0;
}

void LiveItemEvents::add(ItemId item, int64_t time) {
  if (time <= counted_until_) return;
  {
    Shard& shard = shards_[index(item) % kShards];
    const std::unique_lock lock(shard.mutex);
    insert_sorted(shard.times[item], time);
  }
  const std::unique_lock lock(all_mutex_);
  insert_sorted(all_times_, time);
  ++size_;
}

int64_t LiveItemEvents::newest() const {
  const std::shared_lock lock(all_mutex_);
  return all_times_.empty() ? counted_until_ : all_times_.back();
}

std::vector<int64_t> LiveItemEvents::before(ItemId item, int64_t now) const {
  if (size_ == 0) return {};
  const Shard& shard = shard_of(item);
  const std::shared_lock lock(shard.mutex);
  const auto found = shard.times.find(item);
  if (found == shard.times.end()) return {};
  const std::vector<int64_t>& times = found->second;
  return {times.begin(), std::lower_bound(times.begin(), times.end(), now)};
}

uint64_t LiveItemEvents::count_before(int64_t now) const {
  if (size_ == 0) return 0;
  const std::shared_lock lock(all_mutex_);
  return static_cast<uint64_t>(std::lower_bound(all_times_.begin(), all_times_.end(), now) -
                               all_times_.begin());
}

}  // namespace kaskad
