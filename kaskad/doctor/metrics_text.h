// The text format of Prometheus (version 0.0.4), as /metrics answers in it. Read by the doctor.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kaskad::doctor {

using Labels = std::map<std::string, std::string, std::less<>>;

struct Sample {
  Labels labels;
  double value = 0;

  // Whether it has all of these.
  bool matches(const Labels& wanted) const;
  std::string label(std::string_view name) const;  // empty: it has none
};

class MetricsText {
 public:
  MetricsText() = default;
  // Throws Error naming `source`, the line, what was found there and what was expected. Comments,
  // types and times of samples are read over.
  static MetricsText parse(std::string_view text, const std::string& source);

  // In the order of the text; none where there is no such metric. A histogram's are under its name
  // with _bucket, _sum and _count.
  const std::vector<Sample>& of(std::string_view name) const;
  std::vector<std::string> names() const;  // ascending

 private:
  std::map<std::string, std::vector<Sample>, std::less<>> samples_;
};

}  // namespace kaskad::doctor
