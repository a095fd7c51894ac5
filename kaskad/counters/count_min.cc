#include "kaskad/counters/count_min.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kaskad/core/error.h"
#include "kaskad/counters/key_table.h"

namespace kaskad {

SketchShape::SketchShape(double epsilon, double delta, uint64_t seed) : seed_(seed) {
  constexpr double kMostCounts = 8.6e9;
  if (!(epsilon > 0 && epsilon < 1 && delta > 0 && delta < 1)) {
    throw Error("sketch: found epsilon " + std::to_string(epsilon) + " and delta " +
                std::to_string(delta) + ", expected both between 0 and 1");
  }
  const double width = std::ceil(std::numbers::e / epsilon), depth = std::ceil(-std::log(delta));
  if (width * depth > kMostCounts || width > 0xffffffffu) {
    throw Error("sketch: epsilon " + std::to_string(epsilon) + " needs " +
                std::to_string(width * depth) + " counts, expected at most 2^33");
  }
  width_ = static_cast<size_t>(width);
  depth_ = std::max<size_t>(1, static_cast<size_t>(depth));
}

size_t SketchShape::at(uint64_t key, size_t row) const {
  const uint64_t hash = mix_key(key ^ mix_key(seed_ + row * 0x9e3779b97f4a7c15ULL));
  return row * width_ + static_cast<size_t>((hash >> 32) * width_ >> 32);
}

void CountMin::add(uint64_t key, uint32_t count) {
  for (size_t row = 0; row < shape_.depth(); ++row) counts_[shape_.at(key, row)] += count;
  total_ += count;
}

uint64_t CountMin::estimate(uint64_t key) const {
  uint64_t least = std::numeric_limits<uint64_t>::max();
  for (size_t row = 0; row < shape_.depth(); ++row) {
    least = std::min(least, counts_[shape_.at(key, row)]);
  }
  return least;
}

void CountMin::merge(const CountMin& other) {
  KASKAD_ASSERT(counts_.size() == other.counts_.size());
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
}

}  // namespace kaskad
