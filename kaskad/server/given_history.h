// A history as a request writes it, and as the models know it. Called by the parsers of bodies and
// by the answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset.h"

namespace kaskad {

struct GivenHistory {
  std::vector<std::string> items;  // ids, oldest first, or in any order where there are times
  std::vector<int64_t> times;      // (items), as written, or empty when none were given
};

// The events whose items are known, oldest first.
struct KnownHistory {
  std::vector<ItemId> items;
  std::vector<int64_t> times;              // (items) in the dataset's unit; empty: none were given
  std::vector<float> weights;              // (items) 1
  std::vector<size_t> positions;           // (items) in the history as given
  std::vector<std::string> unknown_items;  // all others

  History view() const { return {items, times, weights, {}}; }
};

KnownHistory known_history(const GivenHistory& given, const IdMap& items, TimeKind kind);

// A clock's small numbers are seconds, as logs have them: 10^11 seconds are the year 5138, as
// milliseconds 1973. Order numbers stay what they are.
int64_t to_dataset_time(int64_t time, TimeKind kind);

}  // namespace kaskad
