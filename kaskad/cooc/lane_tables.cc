#include "kaskad/cooc/lane_tables.h"

#include <algorithm>
#include <limits>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

float rate(double tau) { return tau > 0 ? static_cast<float>(1 / tau) : 0.0f; }

size_t longest_history(const Sequences& sequences) {
  size_t longest = 0;
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    longest = std::max<size_t>(longest, sequences.user_begin[u + 1] - sequences.user_begin[u]);
  }
  return longest;
}

}  // namespace

LaneSet::LaneSet(const Sequences& sequences, std::span<const PairWeighting> weightings)
    : reverse_(kLanes), gap_rate_(kLanes), age_rate_(kLanes), limit_(kLanes), weighs_(kLanes) {
  if (weightings.empty() || weightings.size() > kLanes) {
    throw Error("found " + std::to_string(weightings.size()) +
                " pair weightings for one pass, expected 1 to " + std::to_string(kLanes));
  }
  const size_t longest = longest_history(sequences);
  size_t widest = 0;
  for (const PairWeighting& weighting : weightings) {
    if (weighting.needs_clock() && !sequences.has_clock) {
      throw Error("pair weighting '" + weighting.name() +
                  "' uses time, but the log has no clock, only the order of events");
    }
    widest = std::max<size_t>(widest, weighting.window > 0 ? weighting.window : longest);
  }
  widest = std::min(widest, longest);
  gap_.assign((widest + 1) * kLanes, 0);
  user_.assign((longest + 1) * kLanes, 0);
  for (size_t l = 0; l < weightings.size(); ++l) {
    const PairWeighting& w = weightings[l];
    for (uint32_t g = 1; g <= widest; ++g) {
      gap_[g * kLanes + l] = static_cast<float>(w.gap_weight(g));
    }
    for (size_t n = 1; n <= longest; ++n) {
      user_[n * kLanes + l] = static_cast<float>(w.user_weight(n, sequences.num_items));
    }
    reverse_[l] = static_cast<float>(w.reverse);
    gap_rate_[l] = rate(w.gap_tau);
    age_rate_[l] = rate(w.age_tau);
    limit_[l] =
        w.time_window > 0 ? static_cast<float>(w.time_window) : std::numeric_limits<float>::max();
    weighs_[l] = w.event_weight ? 1 : 0;
    tables_.uses_weights |= w.event_weight && !sequences.weight.empty();
    tables_.any_reverse |= w.reverse > 0;
    tables_.uses_time |= w.needs_clock();
  }
  tables_.gap = gap_.data();
  tables_.max_gap = widest;
  tables_.reverse = reverse_.data();
  tables_.gap_rate = gap_rate_.data();
  tables_.age_rate = age_rate_.data();
  tables_.time_limit = limit_.data();
  tables_.weighs = weighs_.data();
}

}  // namespace kaskad
