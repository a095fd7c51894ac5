// From counts to features, in the one place that training and serving share.
//   share   (C_e(q, p) + a) / (C_e(q) + b)    for impressions and each action e, each horizon
//   rate    (C_e(q, p) + a) / (C_0(q, p) + b) for each action; C_0 counts impressions
//   missing 1 where C_e(q) is nothing, so that the share says nothing, else 0; a count that has
//           decayed below 1e-9 is nothing
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kaskad/counters/counter_spec.h"

namespace kaskad {

// Counts of one key lie as (events, horizons): impressions ("shown") first, then the heads; windows
// first, then decays.
class CounterLayout {
 public:
  CounterLayout(const CounterSpec& spec, const std::vector<std::string>& heads);

  const std::vector<std::string>& events() const { return events_; }  // "shown", "click", ...
  size_t num_events() const { return events_.size(); }
  size_t num_horizons() const { return spec_.num_horizons(); }
  size_t num_values() const { return num_events() * num_horizons(); }
  size_t at(size_t event, size_t horizon) const { return event * num_horizons() + horizon; }

  size_t num_features() const;  // of one segment
  // "share_query:item_click_7d"; (features) of a segment.
  std::vector<std::string> feature_names(const std::string& segment) const;

  // Turns the counts of pairs into features, for one left key: `total` (values) is C(q).
  class Writer {
   public:
    explicit Writer(const CounterLayout& layout);
    void begin(std::span<const double> total);
    // `pair` (values) is C(q, p) -> `out` (features).
    void write(const float* pair, float* out) const;

   private:
    const CounterLayout& layout_;
    const float prior_events_, prior_total_;
    std::vector<float> inverse_, missing_;  // (values)
  };

 private:
  CounterSpec spec_;
  std::vector<std::string> events_;
};

}  // namespace kaskad
