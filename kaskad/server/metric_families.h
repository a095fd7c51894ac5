// How figures become families of Prometheus. Two kinds: those that count as things happen lie in
// the registry; those that others keep (caches, breakers, drift) are read when /metrics is asked.
// Included by the files that make /metrics.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>
#include <vector>

namespace kaskad {

using MetricFamilies = std::vector<prometheus::MetricFamily>;
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

inline const prometheus::Histogram::BucketBoundaries kSecondBounds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

template <typename T>
prometheus::Family<T>& family(prometheus::detail::Builder<T> builder,
                              prometheus::Registry& registry, const std::string& name,
                              const std::string& help) {
  return builder.Name(name).Help(help).Register(registry);
}

// A family that is read when it is asked for.
class ReadFamily {
 public:
  ReadFamily(prometheus::MetricType type, const std::string& name, const std::string& help)
      : family_{name, help, type, {}} {}

  ReadFamily& add(double value, const MetricLabels& labels = {});
  void move_to(MetricFamilies& families) { families.push_back(std::move(family_)); }

 private:
  prometheus::MetricFamily family_;
};

inline ReadFamily read_gauge(const std::string& name, const std::string& help) {
  return {prometheus::MetricType::Gauge, name, help};
}
inline ReadFamily read_counter(const std::string& name, const std::string& help) {
  return {prometheus::MetricType::Counter, name, help};
}

// "2026-11-24T03:50:00Z" -> seconds since 1970; 0 for other text.
double epoch_seconds(const std::string& iso);

}  // namespace kaskad
