// What /metrics says of a cascade's stages. Owned by metrics.cc.
#pragma once

#include <atomic>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/metric_families.h"
#include "kaskad/server/served.h"

namespace kaskad {

// Thread-safe.
class StageMetrics {
 public:
  explicit StageMetrics(prometheus::Registry& registry);

  void count(const std::vector<StageRecord>& records);  // of one answer
  // What the stages of the moment know of themselves: breakers, calls left behind, ages, drift.
  void read(const Served& served, MetricFamilies& families) const;

 private:
  struct Counts {
    prometheus::Histogram* seconds = nullptr;
    prometheus::Counter *in = nullptr, *out = nullptr, *unknown = nullptr;
    std::atomic<double> failing_since{0};  // seconds since 1970; 0: its last answer was its own
  };

  Counts& counts_of(std::string_view stage);

  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Counter>& candidates_;
  prometheus::Family<prometheus::Counter>& unknown_;
  prometheus::Family<prometheus::Counter>& fallbacks_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Counts, std::less<>> stages_;
};

}  // namespace kaskad
