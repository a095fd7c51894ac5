// Pair counts of one segment beyond memory: a count-min sketch whose counters are records of all
// events and horizons. C(q) stays exact. Called by store_writer.cc and counter_store.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kaskad/core/npy.h"
#include "kaskad/counters/count_cells.h"
#include "kaskad/counters/count_min.h"

namespace kaskad {

inline SketchShape sketch_shape(const CounterSpec& spec) {
  return {spec.sketch_epsilon, spec.sketch_delta};
}

// Writes the npy file `path` of one pass over the lists.
void write_segment_sketch(const ListOrder& lists, const CountRange& range,
                          const CounterFields& fields, const CounterSegment& segment,
                          const CounterSpec& spec, const std::string& path);

// Read-only, thread-safe.
class SegmentSketch {
 public:
  // Throws Error when the file is not of this shape.
  SegmentSketch(const std::string& path, const SketchShape& shape, size_t values);

  // Adds the estimate of C(q, p) to `sum` (values): never less than the count, and with probability
  // 1 - delta by at most epsilon * N more, N being that event of all pairs within that horizon.
  void add(std::span<const uint32_t> left, uint32_t code, float* sum) const;

 private:
  SketchShape shape_;
  size_t values_;
  NpyFile<float> counts_;  // (depth * width, values)
};

}  // namespace kaskad
