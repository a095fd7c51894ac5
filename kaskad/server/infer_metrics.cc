#include "kaskad/server/infer_metrics.h"

#include <mutex>

namespace kaskad {

InferMetrics::InferMetrics(prometheus::Registry& registry)
    : seconds_(
          family(prometheus::BuildHistogram(), registry, "kaskad_infer_seconds",
                 "What reading, running and writing an inference took, by model and status.")) {}

prometheus::Histogram* InferMetrics::find(const Key& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = histograms_.find(key);
  return found == histograms_.end() ? nullptr : found->second;
}

prometheus::Histogram& InferMetrics::add(const Key& key) {
  const std::unique_lock lock(mutex_);
  prometheus::Histogram*& histogram = histograms_[key];
  if (!histogram) {
    histogram = &seconds_.Add({{"model", key.first}, {"status", std::to_string(key.second)}},
                              kSecondBounds);
  }
  return *histogram;
}

void InferMetrics::count(std::string_view model, int status, double seconds) {
  const Key key{std::string(model), status};
  prometheus::Histogram* histogram = find(key);
  (histogram ? *histogram : add(key)).Observe(seconds);
}

}  // namespace kaskad
