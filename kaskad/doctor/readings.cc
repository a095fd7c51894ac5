#include "kaskad/doctor/readings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace kaskad::doctor {
namespace {

double grown(double before, double after) { return after >= before ? after - before : after; }

double bound_of(const std::string& text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double bound = 0;
  std::from_chars(text.data(), text.data() + text.size(), bound);
  return bound;
}

}  // namespace

std::optional<double> Readings::value(std::string_view name, const Labels& wanted) const {
  std::optional<double> sum;
  for (const Sample& sample : second_.of(name)) {
    if (sample.matches(wanted)) sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

double Readings::increase(std::string_view name, const Labels& wanted) const {
  std::map<Labels, double> before;
  for (const Sample& sample : first_.of(name)) before[sample.labels] = sample.value;
  double sum = 0;
  for (const Sample& sample : second_.of(name)) {
    if (!sample.matches(wanted)) continue;
    const auto found = before.find(sample.labels);
    sum += grown(found == before.end() ? 0 : found->second, sample.value);
  }
  return sum;
}

std::vector<std::string> Readings::values_of(std::string_view name, std::string_view label) const {
  std::set<std::string> values;
  for (const Sample& sample : second_.of(name)) values.insert(sample.label(label));
  return {values.begin(), values.end()};
}

std::optional<double> Readings::quantile(std::string_view histogram, double share,
                                         const Labels& wanted) const {
  const std::string name = std::string(histogram) + "_bucket";
  std::map<double, double> below;  // bound -> how many between the two moments
  for (const std::string& bound : values_of(name, "le")) {
    Labels labels = wanted;
    labels["le"] = bound;
    below[bound_of(bound)] = increase(name, labels);
  }
  if (below.empty() || below.rbegin()->second <= 0) return std::nullopt;
  const double rank = share * below.rbegin()->second;
  double low = 0, count = 0;
  for (const auto& [bound, upto] : below) {
    if (upto < rank) {
      low = bound;
      count = upto;
      continue;
    }
    if (std::isinf(bound) || upto == count) return low;
    return low + (bound - low) * (rank - count) / (upto - count);
  }
  return low;
}

}  // namespace kaskad::doctor
