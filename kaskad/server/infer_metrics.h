// Inferences by model and status, and what they took. Owned by metrics.cc.
#pragma once

#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "kaskad/server/metric_families.h"

namespace kaskad {

// Thread-safe.
class InferMetrics {
 public:
  explicit InferMetrics(prometheus::Registry& registry);

  // `model` is one that is served.
  void count(std::string_view model, int status, double seconds);

 private:
  using Key = std::pair<std::string, int>;

  prometheus::Histogram* find(const Key& key) const;
  prometheus::Histogram& add(const Key& key);

  prometheus::Family<prometheus::Histogram>& seconds_;
  mutable std::shared_mutex mutex_;
  std::map<Key, prometheus::Histogram*> histograms_;
};

}  // namespace kaskad
