// A server's figures at two moments: what they are, and how they grew between the two. The doctor
// judges by these; they are made in examination.cc, and in tests from recorded texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/doctor/metrics_text.h"

namespace kaskad::doctor {

class Readings {
 public:
  // `seconds` apart. `now`: of the second one, in seconds since 1970.
  Readings(MetricsText first, MetricsText second, double seconds, double now)
      : first_(std::move(first)), second_(std::move(second)), seconds_(seconds), now_(now) {}

  double seconds() const { return seconds_; }
  double now() const { return now_; }

  const std::vector<Sample>& samples(std::string_view name) const { return second_.of(name); }
  // Sum of the samples with these labels at the second moment; nothing where there is none.
  std::optional<double> value(std::string_view name, const Labels& wanted = {}) const;
  // How much a counter grew; 0 where there is none. One that began anew grew by what it is.
  double increase(std::string_view name, const Labels& wanted = {}) const;
  // The label's values among the metric's samples, each once.
  std::vector<std::string> values_of(std::string_view name, std::string_view label) const;
  // Of what a histogram took in between, from its buckets as Prometheus does: linear within one.
  // Nothing where it took in nothing; the last finite bound where it lies beyond.
  std::optional<double> quantile(std::string_view histogram, double share,
                                 const Labels& wanted = {}) const;

 private:
  MetricsText first_, second_;
  double seconds_, now_;
};

}  // namespace kaskad::doctor
