// How far a figure would move with other users of the same kind: percentile bootstrap over cases.
// Each resample gives every case a Poisson(1) weight (the limit of drawing n of n with
// replacement), the same weights for all metrics, so differences can be paired.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

struct BootstrapOptions {
  size_t resamples = 1000;
  double level = 0.95;  // the interval leaves (1 - level) / 2 of the resamples on either side
  uint64_t seed = 1;
  int threads = 0;  // 0: all; the result does not depend on it
};

struct Interval {
  double value = 0, low = 0, high = 0;
};

// Column means of `values`, which is (cases, columns) row-major. No case: zeros.
std::vector<Interval> mean_intervals(std::span<const double> values, size_t columns,
                                     const BootstrapOptions& options = {});

Interval mean_interval(std::span<const double> values, const BootstrapOptions& options = {});

// The same for a figure that a second source of chance moves beside the cases: shifts[r] is added
// to the mean of resample r. `shifts` has options.resamples values, in an order that is unrelated
// to the resamples.
Interval shifted_mean_interval(std::span<const double> values, std::span<const double> shifts,
                               const BootstrapOptions& options = {});

// mean(a) - mean(b) over the same cases in the same order.
struct PairedDifference {
  Interval difference;
  double share_above = 0;  // of the resamples with a difference > 0; ties count half
};

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   const BootstrapOptions& options = {});

}  // namespace kaskad
