// Keeps the part of a dataset that is dense enough: rare items, short histories, k-core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/dataset_writer.h"

namespace kaskad {

// All counts are of events (repeats count). Applied in the order of the fields; a user or item
// that is left without events is dropped in any case.
struct DensityFilters {
  uint32_t min_item_count = 0;  // items with fewer events go, once
  uint32_t min_history = 0;     // then users with fewer events go, once
  uint32_t user_core = 0;       // then, until nothing changes: users with fewer events
  uint32_t item_core = 0;       // and items with fewer events

  bool any() const { return min_item_count || min_history || user_core || item_core; }
};

inline constexpr uint32_t kDropped = 0xffffffffu;

// New dense ids, by old id; the order is kept. kDropped for those that go.
struct Survivors {
  std::vector<uint32_t> user, item;
  uint32_t users = 0, items = 0;
  uint64_t events = 0;
  uint32_t rounds = 0;  // scans over the events until nothing changed
};

Survivors find_survivors(const Dataset& data, const DensityFilters& filters,
                         const Progress& progress = {});

// The surviving histories under their new ids.
void write_survivors(const Dataset& data, const Survivors& survivors, DatasetWriter& writer);

}  // namespace kaskad
