// Which bundle answers, and how old it is: kaskad_bundle_info and _age_seconds, or those of the
// ranker. Owned by metrics.cc, which locks.
#pragma once

#include <string>

#include "kaskad/server/metric_families.h"
#include "kaskad/server/served.h"

namespace kaskad {

class BundleFacts {
 public:
  // `name` is part of the metrics' names, `what` of their descriptions.
  BundleFacts(prometheus::Registry& registry, const std::string& name, const std::string& what);

  template <typename ServedOne>  // ServedBundle, ServedRanker
  void set(const ServedOne& served) {
    set({{"model", served.bundle.kind},
         {"version", served.version},
         {"created", served.bundle.created},
         {"dataset", served.bundle.dataset_hash}},
        served.bundle.created);
  }
  void set_age(double now);  // seconds since 1970; nothing before the first bundle

 private:
  void set(const prometheus::Labels& labels, const std::string& created);

  prometheus::Family<prometheus::Gauge>& info_;
  prometheus::Family<prometheus::Gauge>& ages_;
  prometheus::Gauge* current_ = nullptr;
  prometheus::Gauge* age_ = nullptr;
  double created_ = 0;
};

}  // namespace kaskad
