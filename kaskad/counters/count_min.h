// Counts of more keys than fit in memory: the count-min sketch (Cormode and Muthukrishnan 2005).
//   width = ceil(e / epsilon), depth = ceil(ln(1 / delta))
//   count <= estimate, and estimate <= count + epsilon * N with probability 1 - delta for each key
// where N is the sum of all counts. Used for counters beyond memory, and by whoever needs the
// frequency of items without a table of them (LogQ).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

// Where a key's counters lie: one in each of `depth` rows of `width`.
class SketchShape {
 public:
  // Throws Error unless 0 < epsilon < 1 and 0 < delta < 1, and where it would hold over 2^33
  // counts.
  SketchShape(double epsilon, double delta, uint64_t seed = 1);

  size_t width() const { return width_; }
  size_t depth() const { return depth_; }
  size_t size() const { return width_ * depth_; }
  size_t at(uint64_t key, size_t row) const;

 private:
  size_t width_, depth_;
  uint64_t seed_;
};

// Not thread-safe while adding.
class CountMin {
 public:
  explicit CountMin(const SketchShape& shape) : shape_(shape), counts_(shape.size()) {}

  void add(uint64_t key, uint32_t count = 1);
  uint64_t estimate(uint64_t key) const;
  uint64_t total() const { return total_; }  // N
  const SketchShape& shape() const { return shape_; }

  // Adds the counts of another sketch of the same shape, as if its keys had been added here.
  void merge(const CountMin& other);

 private:
  SketchShape shape_;
  std::vector<uint64_t> counts_;  // (depth, width)
  uint64_t total_ = 0;
};

}  // namespace kaskad
