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

inline constexpr int kCountedCellsVersion = 2;

struct CountedCells {
  CounterSpec spec;
  std::vector<std::string> heads;
  TimeKind time_kind = TimeKind::kOrder;
  int64_t as_of = 0;
  std::vector<std::string> queries;  // by code, in the order of their bytes
  CounterFields fields;
  std::vector<SegmentCells> cells;  // (segments)
  // Rows of what the dataset lacks and that are left out: as in lists of impressions, such items
  // count for C(q) alone and such users for nothing. Categories are of either.
  uint64_t unknown_items = 0, unknown_users = 0, unknown_categories = 0;
};

// Whether the directory holds such counts, by its manifest.
bool holds_counted_cells(const std::string& directory);

// Numbers items, users and their categories as `dataset` does. Throws Error when a file is missing
// or damaged, for a spec of fields that the dataset lacks, and for one of sketches.
CountedCells read_counted_cells(const std::string& directory, const Dataset& dataset,
                                const Progress& progress = {});

}  // namespace kaskad
