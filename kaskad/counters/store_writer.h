// Writes counter stores: of all lists before a moment, or of an older store and the days since.
// Or of what a cluster counted. Called by `kaskad count` and `kaskad import`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/counters/counted_cells.h"
#include "kaskad/counters/counter_spec.h"
#include "kaskad/counters/list_order.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

struct CountOptions {
  // Lists before it are counted; without, all are, and the moment is just after the newest.
  std::optional<int64_t> as_of = {};
  int threads = 0;  // 0: all
};

struct StoreFigures {
  size_t lists = 0, candidates = 0;  // that were counted now
  int64_t as_of = 0;
  struct Segment {
    std::string name;
    size_t rows = 0, cells = 0;
  };
  std::vector<Segment> segments;
};

// All or nothing; a store of that name is replaced. The files do not depend on `threads`.
StoreFigures write_counter_store(const std::string& directory, const ListOrder& lists,
                                 const Dataset& dataset, const CounterSpec& spec,
                                 const CountOptions& options, const Progress& progress = {});

// Replaces the store by one that has counted `lists` from counted_until() on, too. Its moment goes
// on by whole days, to the first that is after the newest list, so that windows keep their edges;
// it equals what write_counter_store() makes of all lists as of that moment. Queries, items and
// categories are matched by name. Throws Error when the heads are others, and for a store of
// sketches, from which no day can leave a window.
StoreFigures update_counter_store(const std::string& directory, const ListOrder& lists,
                                  const Dataset& dataset, const CountOptions& options,
                                  const Progress& progress = {});

// The store that write_counter_store() would have made of the lists that a cluster counted.
// Without lists in its figures; `counted` numbers items and users as `dataset` does.
StoreFigures write_counted_store(const std::string& directory, const CountedCells& counted,
                                 const Dataset& dataset, const CountOptions& options,
                                 const Progress& progress = {});

}  // namespace kaskad
