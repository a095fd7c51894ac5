// A counter store behind a linear layer: one number a candidate, sum_j w_j f_j(x_j), instead of
// its features. What a pair (q, p) adds to the number of a pair without events lies ready, so that
// a request walks the pairs of its own keys, and a candidate costs one addition. The plain form is
// CounterStore::answer() and the layer behind it. Called by kaskad/ranking/interact_ranker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "kaskad/counters/live_counters.h"

namespace kaskad {

// Read-only, thread-safe.
class CounterSums {
 public:
  // The part that one segment's features (CounterLayout::num_features()) have in the sum.
  using Weigh = std::function<double(size_t segment, const float* features)>;

  // What a request adds; keeps its memory for the next. One call at a time.
  struct Scratch {
    // (items + 1) by item, number 0 for unknown ones, and a bit for each that is not 0. All 0
    // between two requests.
    std::vector<float> offsets;
    std::vector<uint64_t> marked;
    std::vector<float> extra;  // (candidates), or empty: what does not go by item

   private:
    friend class CounterSums;
    std::vector<uint32_t> touched;  // marked offsets
    std::vector<uint32_t> slots;    // (items) 1 + number in `items`, 0: none
    std::vector<uint32_t> items;    // with an event under any of several left keys
    std::vector<float> counts;      // (items, values) their sums
    std::vector<float> features;    // (features) of one pair, or (candidates, features)
  };

  CounterSums(std::shared_ptr<const LiveCounters> counters, Weigh weigh);

  // Returns what every candidate gets, and leaves in `scratch` what each gets beyond it, all times
  // `factor`. clear() ends the request.
  float begin(const CounterRequest& request, float factor, Scratch& scratch) const;
  void clear(Scratch& scratch) const;

 private:
  struct Call;
  void prepare_segment(size_t segment);
  double base(size_t segment, std::span<const double> total) const;
  void add_counts(uint32_t item, const float* counts, Scratch& scratch) const;
  void spread_row(size_t segment, uint32_t row, const Call& call) const;
  void spread_rows(size_t segment, const CounterStore::LeftRows& left, double base,
                   const Call& call) const;
  void look_up(size_t segment, uint32_t row, const Call& call) const;
  void weigh_all(size_t segment, const CounterStore::LeftRows& left, double base,
                 const Call& call) const;
  size_t cells_of(size_t segment, std::span<const uint32_t> rows) const;

  const std::shared_ptr<const LiveCounters> counters_;
  const CounterStore& store_;  // of these
  const Weigh weigh_;
  const size_t items_;
  std::vector<std::vector<float>> added_;  // (segments)(cells) to the number of no events
  std::vector<uint8_t> one_code_;          // (segments) no item has two right keys
};

}  // namespace kaskad
