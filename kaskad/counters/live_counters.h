// What a counter store goes on with while it is served: pages that were shown since it was counted,
// and what was done with their items, by the same pairs of keys, with queries and words that nobody
// had asked before. A live event counts 1 in every window and every decay until the store is
// counted anew, so that this should happen within the shortest of them; then, and while no window
// is left, the answers are those of a store that had counted the live pages with the others.
// Owned by the rankers that read a store; the plain form is a store counted anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kaskad/counters/counter_store.h"
#include "kaskad/counters/key_table.h"
#include "kaskad/dataset/live_pages.h"

namespace kaskad {

// Thread-safe.
class LiveCounters : public LivePages {
 public:
  // Some 70 bytes each.
  static constexpr size_t kMostPairs = size_t{1} << 21;

  // `store` numbers items as requests do: it was opened without other ids.
  explicit LiveCounters(std::shared_ptr<const CounterStore> store, size_t most_pairs = kMostPairs);

  int64_t counted_until() const override { return store_->counted_until(); }
  void shown(const LivePage& page) override;
  void acted(const LivePage& page, std::string_view action) override;
  void clear() override;
  size_t pairs() const override { return pairs_; }
  uint64_t dropped() const override { return dropped_; }

  const CounterStore& store() const { return *store_; }
  // As those of the store, with what came since. Codes are of this object, until clear().
  void answer(const CounterRequest& request, std::span<float> out) const;
  CounterStore::Codes codes_of(const CounterRequest& request) const;
  // Pairs of other items than the candidates may be left out.
  CounterStore::LeftRows left_rows(size_t segment, const CounterStore::Codes& codes,
                                   std::span<const ItemId> candidates) const;

 private:
  struct Segment {
    explicit Segment(size_t width) : rows(width) {}

    TupleTable rows;                            // left keys
    PairTable pairs;                            // (row, right key)
    std::vector<uint32_t> totals;               // (rows, events) C(q)
    std::vector<uint32_t> codes;                // (pairs) right keys
    std::vector<uint32_t> counts;               // (pairs, events) C(q, p)
    std::vector<std::vector<uint32_t>> of_row;  // (rows) pairs
  };
  // Names of one field that the store does not have; codes go on where its own end.
  struct Names {
    uint32_t first = 0;
    std::unordered_map<std::string, uint32_t> codes;
  };

  bool first_time(uint64_t hash);
  // `hash` is of what is told.
  void count(const LivePage& page, size_t event, uint64_t hash);
  void count_row(Segment& segment, std::span<const uint32_t> left, const CounterField& right,
                 std::span<const size_t> items, size_t event);
  void count_pair(Segment& segment, uint32_t row, uint32_t code, size_t event);
  std::optional<uint32_t> add_name(size_t field, std::string_view name);
  template <typename Value>
  void add_to(const uint32_t* events, Value* values) const;
  std::vector<uint64_t> pairs_of(size_t segment, std::span<const uint32_t> rows,
                                 std::span<const ItemId> candidates) const;
  LivePairCounts counts_of(const Segment& segment, std::vector<uint64_t> pairs) const;

  const std::shared_ptr<const CounterStore> store_;
  const size_t most_pairs_, num_events_;
  std::atomic<bool> empty_{true};
  std::atomic<size_t> pairs_{0};
  std::atomic<uint64_t> dropped_{0};

  mutable std::shared_mutex mutex_;
  std::vector<Segment> segments_;
  std::vector<Names> names_;    // (fields)
  std::vector<uint64_t> seen_;  // hashes of what was told, each in the place of an older one
};

}  // namespace kaskad
