// Events of runs -> histories: grouped by user, in time order (ties keep the order of the log),
// repeats of a user-item pair treated by policy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/event_runs.h"

namespace kaskad {

// What becomes of several events of one user with one item.
enum class Duplicates {
  kKeep,   // all stay
  kFirst,  // the oldest stays
  kLast,   // the newest stays
  kSum,    // the newest stays and gets the sum of the weights
};

std::string to_string(Duplicates policy);  // "keep", "first", "last", "sum"

// Histories of consecutive users, one behind the other.
struct HistoryBlock {
  std::vector<uint32_t> lengths;  // (users)
  std::vector<ItemId> items;      // (events), as the other columns
  std::vector<int64_t> times;
  std::vector<float> weights;
  std::vector<uint8_t> actions;

  void clear();
  void add(const EventRow& row);
  History events() const { return {items, times, weights, actions}; }
};

// `rows` are events of users [first, last), those of one user in the order of the log. Every user
// of the range gets an entry in `block`, which is cleared before. `scratch` is for reuse.
void build_histories(std::vector<EventRow>& rows, const UserRange& users, Duplicates policy,
                     std::vector<EventRow>& scratch, HistoryBlock& block);

// Calls sink(block) in user order from the calling thread; ranges are sorted on `threads` threads.
void group_events(const EventRuns& runs, Duplicates policy, int threads, const Progress& progress,
                  const std::function<void(const HistoryBlock&)>& sink);

}  // namespace kaskad
