// When items were taken since a model was made: what counters of popularity go on with while they
// are served. Filled by the server, read by kaskad/counters/item_counters.h.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "kaskad/core/ids.h"

namespace kaskad {

// Thread-safe. Memory: 8 bytes an event, some 60 an item that has any.
class LiveItemEvents {
 public:
  // Events up to `counted_until` are in the counters; they are not taken.
  explicit LiveItemEvents(int64_t counted_until) : counted_until_(counted_until) {}

  int64_t counted_until() const { return counted_until_; }
  size_t size() const { return size_; }
  // Of the newest event, those in the counters included.
  int64_t newest() const;

  void clear();
  // Late events find their place.
  void add(ItemId item, int64_t time);

  // Times of the item's events before `now`, ascending.
  std::vector<int64_t> before(ItemId item, int64_t now) const;
  // Events of all items before `now`.
  uint64_t count_before(int64_t now) const;

 private:
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<ItemId, std::vector<int64_t>> times;
  };
  static constexpr size_t kShards = 64;

  const Shard& shard_of(ItemId item) const { return shards_[index(item) % kShards]; }

  const int64_t counted_until_;
  std::atomic<size_t> size_{0};
  std::array<Shard, kShards> shards_;
  mutable std::shared_mutex all_mutex_;
  std::vector<int64_t> all_times_;  // ascending
};

}  // namespace kaskad
