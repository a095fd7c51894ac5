#include "kaskad/cooc/count_plan.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/kernels/pair_accumulator.h"

namespace kaskad {
namespace {

constexpr double kFewestLanes = 4;
constexpr size_t kPrunedLanes = 8;
constexpr double kFewestColumns = 32;

uint32_t reach(const PairWeighting& weighting) {
  return weighting.window == 0 ? UINT32_MAX : weighting.window;
}

// At most so many pairs of items meet within the window.
double most_pairs(const Sequences& sequences, uint32_t window) {
  double pairs = 1;
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    const double n = static_cast<double>(sequences.user_begin[u + 1] - sequences.user_begin[u]);
    pairs += n * std::min(n, window > 0 ? 2.0 * window : n);
  }
  const double items = static_cast<double>(sequences.num_items);
  return std::min(pairs, items * items);
}

}  // namespace

CountPlan plan_counts(const Sequences& sequences, const PairWeighting& widest, uint64_t bytes) {
  static_assert(CountPlan::kMostLanes == kLanes);
  const double room = static_cast<double>(bytes) / sizeof(float);
  const double lanes = room / most_pairs(sequences, widest.window) - 1;
  if (lanes >= kFewestLanes) return {std::min<size_t>(kLanes, static_cast<size_t>(lanes)), 0};
  const double rows = std::max(1.0, static_cast<double>(sequences.num_items));
  const double columns = std::max(kFewestColumns, room / rows / (kPrunedLanes + 1));
  return {kPrunedLanes, static_cast<uint32_t>(columns)};
}

PairWeighting widest_of(std::span<const PairWeighting> weightings) {
  KASKAD_ASSERT(!weightings.empty());
  return *std::max_element(weightings.begin(), weightings.end(),
                           [](const auto& a, const auto& b) { return reach(a) < reach(b); });
}

}  // namespace kaskad
