// Answers by method, path and status, and what they took. Owned by metrics.cc.
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "kaskad/server/metric_families.h"

namespace kaskad {

// Thread-safe. Adding to a Family builds a label map; requests look their metric up here instead.
class RequestMetrics {
 public:
  explicit RequestMetrics(prometheus::Registry& registry);

  // `path` is the pattern of a route, or "none".
  void count(std::string_view method, std::string_view path, int status, double seconds);
  // One that never became a request.
  void count_refusal(int status);

 private:
  using Key = std::tuple<std::string_view, std::string_view, int>;
  using Both = std::pair<prometheus::Counter*, prometheus::Histogram*>;

  Both find(const Key& key) const;
  Both add(std::string_view method, std::string_view path, int status);
  std::string_view keep(std::string_view text) { return *names_.emplace(text).first; }

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  mutable std::shared_mutex mutex_;
  std::set<std::string> names_;  // owns the text behind the keys below
  std::map<Key, prometheus::Counter*> counters_;
  std::map<std::string_view, prometheus::Histogram*> histograms_;
};

}  // namespace kaskad
