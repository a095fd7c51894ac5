// A log as bags, laid out for walking from an item through the histories that hold it. Built by
// fused_matrix and read by bag_rows. Users come by falling length of history: the few that hold
// most of all pairs lie side by side in the caches, and one row's loops fall in length, so that
// their ends are foreseen.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/cooc/popularity_order.h"
#include "kaskad/cooc/sequences.h"

namespace kaskad {

// 8 bytes an event. Read-only after build, thread-safe. A rank is a user by falling length.
struct BagEvents {
  std::vector<uint32_t> begin;        // (users + 1), by rank, into `place`
  std::vector<uint32_t> place;        // (events + kSlack)
  std::vector<uint32_t> place_begin;  // (items + 1) into `holder`
  std::vector<uint32_t> holder;       // (events): ranks that hold a place, ascending
  bool has_repeats = false;           // whether a history holds an item twice

  static constexpr size_t kSlack = 16;  // histories may be read in steps of so many events

  size_t num_users() const { return begin.size() - 1; }
  size_t history_length(size_t rank) const { return begin[rank + 1] - begin[rank]; }
  std::span<const uint32_t> holders(size_t place_index) const {
    return std::span(holder).subspan(place_begin[place_index],
                                     place_begin[place_index + 1] - place_begin[place_index]);
  }

  // Reads user_begin and item of `sequences` alone.
  static BagEvents build(const Sequences& sequences, const PopularityOrder& order, int threads);
};

}  // namespace kaskad
