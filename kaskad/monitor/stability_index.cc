#include "kaskad/monitor/stability_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kaskad/core/error.h"

namespace kaskad {

QuantileBins::QuantileBins(std::vector<float> values, size_t most) {
  KASKAD_ASSERT(!values.empty() && most >= 2);
  std::sort(values.begin(), values.end());
  const auto quantile = [&](size_t number) { return values[number * values.size() / most]; };
  for (size_t number = 1; number < most; ++number) {
    const float edge = quantile(number);
    edges_.push_back(edge);
    const bool fills_a_bin = quantile(number - 1) == edge;
    if (fills_a_bin) edges_.push_back(std::nextafter(edge, std::numeric_limits<float>::infinity()));
  }
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
}

size_t QuantileBins::bin_of(float value) const {
  return static_cast<size_t>(std::upper_bound(edges_.begin(), edges_.end(), value) -
                             edges_.begin());
}

double stability_index(std::span<const uint64_t> reference, std::span<const uint64_t> live) {
  KASKAD_ASSERT(reference.size() == live.size());
  const auto sum = [](std::span<const uint64_t> counts) {
    return static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
  };
  const double references = sum(reference), lives = sum(live);
  KASKAD_ASSERT(references > 0 && lives > 0);
  double index = 0;
  for (size_t bin = 0; bin < live.size(); ++bin) {
    if (reference[bin] == 0 && live[bin] == 0) continue;
    const double expected = std::max(0.5, static_cast<double>(reference[bin])) / references;
    const double found = std::max(0.5, static_cast<double>(live[bin])) / lives;
    index += (found - expected) * std::log(found / expected);
  }
  return index;
}

}  // namespace kaskad
