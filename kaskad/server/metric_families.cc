#include "kaskad/server/metric_families.h"

#include <ctime>

namespace kaskad {

ReadFamily& ReadFamily::add(double value, const MetricLabels& labels) {
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.counter.value = metric.gauge.value = value;  // the family's type says which one counts
  return *this;
}

double epoch_seconds(const std::string& iso) {
  std::tm parts{};
  return strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) ? static_cast<double>(timegm(&parts))
                                                             : 0;
}

}  // namespace kaskad
