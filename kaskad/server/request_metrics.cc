#include "kaskad/server/request_metrics.h"

#include <mutex>

namespace kaskad {
namespace {

// Methods are text of the client: only the known ones become a label.
std::string_view method_label(std::string_view method) {
  static const std::set<std::string_view> kKnown = {"GET",   "POST",    "PUT",  "DELETE",
                                                    "PATCH", "OPTIONS", "HEAD", "TRACE"};
  return kKnown.contains(method) ? method : "other";
}

}  // namespace

RequestMetrics::RequestMetrics(prometheus::Registry& registry)
    : requests_(family(prometheus::BuildCounter(), registry, "kaskad_requests_total",
                       "Requests answered.")),
      seconds_(family(prometheus::BuildHistogram(), registry, "kaskad_request_seconds",
                      "From the whole request read to the response made, waiting for a worker "
                      "included.")) {}

RequestMetrics::Both RequestMetrics::find(const Key& key) const {
  const std::shared_lock lock(mutex_);
  const auto counter = counters_.find(key);
  if (counter == counters_.end()) return {};
  return {counter->second, histograms_.at(std::get<1>(key))};
}

RequestMetrics::Both RequestMetrics::add(std::string_view method, std::string_view path,
                                         int status) {
  const std::unique_lock lock(mutex_);
  const Key key{keep(method), keep(path), status};
  auto& histogram = histograms_[std::get<1>(key)];
  if (!histogram) histogram = &seconds_.Add({{"path", std::string(path)}}, kSecondBounds);
  auto& counter = counters_[key];
  if (!counter) {
    counter = &requests_.Add({{"method", std::string(method)},
                              {"path", std::string(path)},
                              {"status", std::to_string(status)}});
  }
  return {counter, histogram};
}

void RequestMetrics::count(std::string_view method, std::string_view path, int status,
                           double seconds) {
  method = method_label(method);
  auto [counter, histogram] = find({method, path, status});
  if (!counter) std::tie(counter, histogram) = add(method, path, status);
  counter->Increment();
  histogram->Observe(seconds);
}

void RequestMetrics::count_refusal(int status) { add("none", "none", status).first->Increment(); }

}  // namespace kaskad
