// The part of a log that may be learned from, laid out for counting pairs: histories by user
// and, for every item, where it occurs. Built once for a Phase and read by every matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

// What a matrix reads of a log. A bag of items needs neither the days nor the index, which are
// four fifths of the memory, nor the weights.
enum class SequenceParts {
  kAll,
  kHistories,  // user_begin and item; has_clock is false
};

// Read-only after build, thread-safe. An event is an index into `item` and `day`.
struct Sequences {
  size_t num_items = 0;
  bool has_clock = false;

  std::vector<uint64_t> user_begin;  // (users + 1)
  std::vector<uint32_t> item;        // (events), oldest first within a user
  std::vector<double> day;           // (events): days before the horizon, <= 0; empty: no clock

  std::vector<float> weight;  // (events), >= 0; empty: every event weighs 1

  std::vector<uint64_t> item_begin;  // (items + 1) into `occurrence`
  std::vector<uint32_t> occurrence;  // (events): events of an item, in user order
  std::vector<uint32_t> user;        // (events): whose event it is

  size_t num_users() const { return user_begin.size() - 1; }
  size_t num_events() const { return item.size(); }
  std::span<const uint32_t> occurrences(size_t item_index) const {
    return std::span(occurrence)
        .subspan(item_begin[item_index], item_begin[item_index + 1] - item_begin[item_index]);
  }

  // Of the pair that an event would make with itself.
  double squared_weight(size_t event) const {
    return weight.empty() ? 1 : double{weight[event]} * weight[event];
  }

  // Events [0, fit_end[u]) of each user. At most `max_history` newest events of a user are kept
  // (0: all), which bounds the pairs of a user with thousands of events. Weights below 0 become 0.
  static Sequences build(const Dataset& dataset, std::span<const uint32_t> fit_end, int64_t horizon,
                         uint32_t max_history = 0, SequenceParts parts = SequenceParts::kAll);

  // Fills item_begin, occurrence and user from user_begin and item.
  void index_items();

 private:
  void copy_days(const Dataset& dataset, std::span<const uint32_t> fit_end, int64_t horizon);
  void copy_weights(const Dataset& dataset, std::span<const uint32_t> fit_end);
};

}  // namespace kaskad
