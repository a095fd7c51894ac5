// Which right keys of a left key are kept where a spec limits them: those with most actions, then
// most impressions, then the smallest code. One rule for training and for stores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "kaskad/counters/counter_spec.h"

namespace kaskad {

struct TopEntry {
  uint64_t value = 0;  // actions * 2^32 + impressions in the ordering window
  uint32_t code = 0;
  uint32_t key = 0;  // the caller's number of the pair
};

inline bool is_above(const TopEntry& a, const TopEntry& b) {
  return a.value != b.value ? a.value > b.value : a.code < b.code;
}

// `counts` (events, windows) of a pair, impressions first.
inline uint64_t top_value(const uint32_t* counts, size_t events, size_t windows, size_t window) {
  uint64_t actions = 0;
  for (size_t e = 1; e < events; ++e) actions += counts[e * windows + window];
  return (actions << 32) + counts[window];
}

// The window that orders: all time where there is it, else the longest.
inline size_t ordering_window(const CounterSpec& spec) {
  size_t best = 0;
  for (size_t w = 0; w < spec.windows_days.size(); ++w) {
    const auto length = [&](size_t i) {
      return spec.windows_days[i] == 0 ? std::numeric_limits<uint32_t>::max()
                                       : spec.windows_days[i];
    };
    if (length(w) > length(best)) best = w;
  }
  return best;
}

// The last entry that is kept.
struct TopCutoff {
  TopEntry last{1, std::numeric_limits<uint32_t>::max(), 0};  // all with an event

  bool keeps(uint64_t value, uint32_t code) const { return !is_above(last, {value, code, 0}); }
};

// Reorders the entries. Entries without an event in the ordering window are never kept.
inline TopCutoff top_cutoff(std::vector<TopEntry>& entries, uint32_t top) {
  TopCutoff cutoff;
  if (entries.size() <= top) return cutoff;
  const auto last = entries.begin() + (top - 1);
  std::nth_element(entries.begin(), last, entries.end(), is_above);
  if (last->value > 0) cutoff.last = *last;
  return cutoff;
}

}  // namespace kaskad
