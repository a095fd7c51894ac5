// Has a distribution changed? The population stability index (PSI) between two samples over bins:
//   PSI = sum over bins of (live share - reference share) * ln(live share / reference share)
// Customary since credit scoring (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 nothing, 0.1 to
// 0.25 a shift to look at, above 0.25 another population. Without any change its expectation is
// (bins - 1) * (1/N + 1/M) for samples of N and M independent values (Yurdakul, Statistical
// Properties of Population Stability Index, 2018): small samples drift by themselves.
// Called by score_drift.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

// Bins that each hold about the same share of a reference. A value that fills a bin by itself, such
// as the 0 of what a model knows nothing of, gets one of its own, so that leaving it shows.
class QuantileBins {
 public:
  // `values`: the reference, at least one, finite; in any order.
  QuantileBins(std::vector<float> values, size_t most);

  size_t size() const { return edges_.size() + 1; }
  size_t bin_of(float value) const;  // edges belong to the bin above them

 private:
  std::vector<float> edges_;  // ascending, distinct
};

// Of counts by bin, both of the same length and not all zero. An empty bin counts as half a value,
// since the formula has no limit there.
double stability_index(std::span<const uint64_t> reference, std::span<const uint64_t> live);

}  // namespace kaskad
