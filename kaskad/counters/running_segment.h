// The counts of one segment while time passes: events come in at its front, and leave each window
// at its back. Called by point_in_time.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_values.h"
#include "kaskad/counters/key_table.h"
#include "kaskad/counters/list_order.h"
#include "kaskad/counters/top_keys.h"

namespace kaskad {

class RunningSegment {
 public:
  RunningSegment(const ListOrder& lists, const CounterSpec& spec, const CounterLayout& layout,
                 const CounterFields& fields, const CounterSegment& segment);

  // Time goes on to `now`: what is older than a window leaves it.
  void advance(int64_t now);
  // Features of the candidates of list `number` -> out[candidate * stride + ...], before any list
  // of its time is added.
  void read(size_t number, float* out, size_t stride);
  void add(size_t number);

 private:
  // What add() and advance() do with an event: a window that it enters or leaves, and whether it
  // counts for decays.
  struct Change {
    size_t first_window, last_window;  // [first, last)
    uint32_t step;                     // 1, or 2^32 - 1 to take away
    bool decays;
  };
  void count(size_t number, const Change& change);
  void change_key(uint32_t key, uint32_t events, const Change& change);
  void rescale(int64_t now);
  uint32_t row_of(std::span<const uint32_t> left);
  uint32_t key_of(uint32_t row, uint32_t code);
  void read_total();
  void add_pair(uint32_t row, uint32_t code);
  const TopCutoff& cutoff_of(uint32_t row);
  double decayed(uint32_t key, size_t event, size_t decay) const;

  const ListOrder& lists_;
  const CounterSpec& spec_;
  const CounterField& right_;
  const size_t events_, windows_, horizons_;
  const size_t top_window_;  // by which right keys are ordered
  ListKeys left_;
  CounterLayout::Writer writer_;

  TupleTable rows_;
  PairTable pairs_;                 // (row, code), and (row, kNoKey) for the row itself
  std::vector<uint32_t> row_keys_;  // (rows) number of the latter
  std::vector<uint32_t> counts_;    // (keys, events, windows)
  std::vector<double> decays_;      // (keys, events, decays), as of landmark_
  std::vector<size_t> expired_;     // (windows) lists before it have left
  // Of rows, only where right keys are limited to the top:
  std::vector<std::vector<TopEntry>> members_;  // their keys; `value` is filled in when asked
  std::vector<TopCutoff> cutoffs_;
  std::vector<uint8_t> stale_;

  int64_t landmark_ = 0, now_ = 0;
  bool begun_ = false;
  std::vector<double> weights_, fades_;  // (decays) of an event now; of what was counted until now
  std::vector<uint32_t> asked_;          // rows of the list that is read
  std::vector<double> total_;            // (values)
  std::vector<float> pair_;              // (values)
};

}  // namespace kaskad
