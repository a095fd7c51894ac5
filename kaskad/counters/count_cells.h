// Counts one segment over the lists before a moment, on all cores. Called by store_writer.cc.
#pragma once

#include "kaskad/counters/counter_cells.h"
#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/list_order.h"

namespace kaskad {

struct CountRange {
  size_t begin = 0, end = 0;  // lists of the order
  int64_t as_of = 0;          // after the last of them
};

// Without `pairs` only C(q) is counted. The result does not depend on `threads`, of which there is
// at least one. Lists are read where they are mapped; what is held beside the cells is a number for
// each pair of a list and a left key.
SegmentCells count_cells(const ListOrder& lists, const CountRange& range,
                         const CounterFields& fields, const CounterSegment& segment,
                         const CounterSpec& spec, int threads, bool pairs = true);

}  // namespace kaskad
