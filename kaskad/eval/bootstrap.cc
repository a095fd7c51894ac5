#include "kaskad/eval/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// Resamples are made in blocks of this many side by side: the weights of one case for a block are
// drawn at once, and the sums of a block stay in the first-level cache.
constexpr size_t kBlock = 128;

// SplitMix64: four 16-bit uniforms a step.
struct Random {
  uint64_t state;
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
};

// Poisson(1) by inversion of a 16-bit uniform: table[u] is the count. P(count > 8) < 2^-16.
std::vector<uint8_t> make_poisson_table() {
  std::vector<uint8_t> table(1 << 16);
  double term = std::exp(-1.0), cumulative = term;
  uint8_t count = 0;
  for (size_t u = 0; u < table.size(); ++u) {
    while (count < 9 && (static_cast<double>(u) + 0.5) / 65536 > cumulative) {
      term /= ++count;
      cumulative += term;
    }
    table[u] = count;
  }
  return table;
}

// Weighted column means of one block of resamples: `means` is (columns, kBlock).
void resample_block(std::span<const double> values, std::span<const double> sample_means,
                    uint64_t seed, std::vector<double>& means) {
  const size_t columns = sample_means.size();
  static const std::vector<uint8_t> table = make_poisson_table();
  Random random{seed};
  std::array<double, kBlock> total{}, weight;
  means.assign(columns * kBlock, 0);
  for (size_t row = 0; row < values.size(); row += columns) {
    for (size_t r = 0; r < kBlock; r += 4) {
      const uint64_t bits = random.next();
      weight[r] = table[bits & 0xffff];
      weight[r + 1] = table[(bits >> 16) & 0xffff];
      weight[r + 2] = table[(bits >> 32) & 0xffff];
      weight[r + 3] = table[bits >> 48];
    }
    for (size_t r = 0; r < kBlock; ++r) total[r] += weight[r];
    for (size_t column = 0; column < columns; ++column) {
      const double value = values[row + column];
      if (value == 0) continue;  // most cases are misses
      double* sums = means.data() + column * kBlock;
      for (size_t r = 0; r < kBlock; ++r) sums[r] += value * weight[r];
    }
  }
  for (size_t i = 0; i < means.size(); ++i) {
    // All weights are zero with the chance e^-cases: then the sample stands for itself.
    const double weights = total[i % kBlock];
    means[i] = weights > 0 ? means[i] / weights : sample_means[i / kBlock];
  }
}

// (columns, resamples)
std::vector<std::vector<double>> resampled_means(std::span<const double> values,
                                                 std::span<const double> sample_means,
                                                 const BootstrapOptions& options) {
  const size_t columns = sample_means.size();
  const size_t blocks = (options.resamples + kBlock - 1) / kBlock;
  std::vector<std::vector<double>> out(columns, std::vector<double>(options.resamples));
  const int threads = options.threads > 0 ? options.threads : default_threads();
  parallel_for(blocks, threads, [&](size_t block, int) {
    std::vector<double> means;
    resample_block(values, sample_means,
                   Random{options.seed + block * 0x632be59bd9b4e019ull}.next(), means);
    const size_t begin = block * kBlock, count = std::min(kBlock, options.resamples - begin);
    for (size_t column = 0; column < columns; ++column) {
      std::copy_n(means.data() + column * kBlock, count, out[column].data() + begin);
    }
  });
  return out;
}

// Linear between the order statistics around p (n - 1).
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval interval_of(double value, std::vector<double>& means, double level) {
  std::sort(means.begin(), means.end());
  return {value, quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)};
}

std::vector<double> column_means(std::span<const double> values, size_t columns) {
  std::vector<double> means(columns);
  for (size_t i = 0; i < values.size(); ++i) means[i % columns] += values[i];
  const size_t rows = values.size() / columns;
  for (double& mean : means) mean /= static_cast<double>(rows);
  return means;
}

}  // namespace

std::vector<Interval> mean_intervals(std::span<const double> values, size_t columns,
                                     const BootstrapOptions& options) {
  KASKAD_ASSERT(columns > 0 && values.size() % columns == 0 && options.resamples > 0);
  if (values.empty()) return std::vector<Interval>(columns);
  std::vector<Interval> out;
  const std::vector<double> means = column_means(values, columns);
  auto resampled = resampled_means(values, means, options);
  for (size_t column = 0; column < columns; ++column) {
    out.push_back(interval_of(means[column], resampled[column], options.level));
  }
  return out;
}

Interval mean_interval(std::span<const double> values, const BootstrapOptions& options) {
  return mean_intervals(values, 1, options)[0];
}

Interval shifted_mean_interval(std::span<const double> values, std::span<const double> shifts,
                               const BootstrapOptions& options) {
  KASKAD_ASSERT(shifts.size() == options.resamples && options.resamples > 0);
  if (values.empty()) return {};
  const std::vector<double> mean = column_means(values, 1);
  auto resampled = resampled_means(values, mean, options);
  std::transform(shifts.begin(), shifts.end(), resampled[0].begin(), resampled[0].begin(),
                 std::plus<>());
  return interval_of(mean[0], resampled[0], options.level);
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   const BootstrapOptions& options) {
  KASKAD_ASSERT(a.size() == b.size());
  if (a.empty()) return {{}, 0.5};
  std::vector<double> difference(a.size());
  std::transform(a.begin(), a.end(), b.begin(), difference.begin(), std::minus<>());
  const std::vector<double> mean = column_means(difference, 1);
  auto resampled = resampled_means(difference, mean, options);
  double above = 0;
  for (const double one : resampled[0]) above += one > 0 ? 1 : one == 0 ? 0.5 : 0;
  return {interval_of(mean[0], resampled[0], options.level),
          above / static_cast<double>(options.resamples)};
}

}  // namespace kaskad
