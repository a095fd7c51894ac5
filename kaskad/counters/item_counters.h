// How often, and how lately, items were taken, as of any moment: the value at `now` is made of
// events strictly before `now` alone. Training asks for the moments of the past and serving for the
// present, of the same object, so that a model never learns from what it will not have.
//
// Events lie sorted by time within their item, so that a count is a binary search, and a count that
// decays with age is a stored prefix and one exp().
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/core/npy.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/live_item_events.h"

namespace kaskad {

// What there is to know of an item at a moment: its events in time order, the first `stored` of
// them counted here, the others live.
struct ItemMoment {
  uint32_t count = 0;
  int64_t last = std::numeric_limits<int64_t>::min();  // time of the newest; without: the lowest
  uint32_t stored = 0;
  std::vector<int64_t> live = {};  // (count - stored) times
};

// Read-only, thread-safe.
class ItemCounters {
 public:
  // Counts events [0, ends[u]) of each user; `decay_days` are the time constants tau that
  // decayed() offers. In a log of which only the order is known moments of different users cannot
  // be compared: there every moment sees all events within `ends`, and nothing decays.
  static std::shared_ptr<const ItemCounters> build(const Dataset& dataset,
                                                   std::span<const uint32_t> ends,
                                                   std::vector<double> decay_days = {7});

  // Files counter_*.npy and counters.json of `directory`. Throws Error when they are damaged.
  static std::shared_ptr<const ItemCounters> load(const std::string& directory);
  void save(const std::string& directory) const;

  size_t num_items() const { return offsets().size() - 1; }
  TimeKind time_kind() const { return time_kind_; }
  const std::vector<double>& decay_days() const { return decay_days_; }

  // Time of the newest event; nothing where there is none, or no clock.
  std::optional<int64_t> counted_until() const;

  // Items outside the catalogue have no events. `live`: what came since, in a log with a clock; its
  // events are later than counted_until(). Null: nothing.
  ItemMoment at(ItemId item, int64_t now, const LiveItemEvents* live = nullptr) const;

  // Events of the item in [from, now); `moment` is at(item, now, live).
  uint32_t count_since(ItemId item, const ItemMoment& moment, int64_t from) const;

  // sum over events before now of exp(-(now - t) / tau), tau the decay_days of that index.
  double decayed(ItemId item, const ItemMoment& moment, size_t tau, int64_t now) const;

  // Events of all items before `now`.
  uint64_t total(int64_t now, const LiveItemEvents* live = nullptr) const;

 private:
  ItemCounters() = default;
  void count(const Dataset& dataset, std::span<const uint32_t> ends);
  void add_decays();
  void check(const std::string& directory) const;

  std::span<const uint64_t> offsets() const { return offsets_; }
  std::span<const int64_t> times_of(ItemId item) const;

  TimeKind time_kind_ = TimeKind::kClock;
  std::vector<double> decay_days_;
  std::vector<uint64_t> offsets_;   // (items + 1) into times_
  std::vector<int64_t> times_;      // (events) ascending within an item
  std::vector<int64_t> all_times_;  // (events) ascending; empty without a clock
  // (taus, events): the decayed sum just after the event.
  std::vector<std::vector<float>> decayed_;
};

}  // namespace kaskad
