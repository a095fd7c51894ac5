// C(q, p) that a cluster counted (spark/count_counters.py, docs/spark.md), read as the cells that
// count_cells() would have made of the same lists. Called by `kaskad import`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/counters/counter_cells.h"
#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_spec.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

inline constexpr int kCountedCellsVersion = 1;

struct CountedCells {
  CounterSpec spec;
  std::vector<std::string> heads;
  TimeKind time_kind = TimeKind::kOrder;
  int64_t as_of = 0;
  std::vector<std::string> queries;  // by code, in the order of their bytes
  CounterFields fields;              // of queries, users and items: codes are ids
  std::vector<SegmentCells> cells;   // (segments)
  // What the dataset has no id for: as in lists of impressions, such items count for C(q) alone and
  // such users for nothing.
  uint64_t unknown_items = 0, unknown_users = 0;  // rows
};

// Whether the directory holds such counts, by its manifest.
bool holds_counted_cells(const std::string& directory);

// Numbers items and users as `dataset` does. Throws Error when a file is missing or damaged, and
// for a spec of other fields than query, user and item, or of sketches.
CountedCells read_counted_cells(const std::string& directory, const Dataset& dataset,
                                const Progress& progress = {});

}  // namespace kaskad
