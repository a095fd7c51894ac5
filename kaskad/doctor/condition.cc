#include "kaskad/doctor/condition.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kaskad::doctor {
namespace {

std::string number_text(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

}  // namespace

const char* to_string(Severity severity) {
  return severity == Severity::kCritical ? "critical" : "warning";
}

std::string share_text(double share) {
  return number_text(100 * share, share < 0.1 ? "%.1f%%" : "%.0f%%");
}

std::string duration_text(double seconds) {
  if (seconds < 1) return number_text(1000 * seconds, "%.1f ms");
  if (seconds < 120) return number_text(seconds, "%.0f seconds");
  if (seconds < 7200) return number_text(seconds / 60, "%.0f minutes");
  if (seconds < 172'800) return number_text(seconds / 3600, "%.1f hours");
  return number_text(seconds / 86'400, "%.0f days");
}

std::vector<Condition> conditions() {
  std::vector<Condition> all;
  for (const auto part :
       {traffic_conditions(), stage_conditions(), event_conditions(), model_conditions()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<Finding> judge(const Readings& readings) {
  std::vector<Finding> findings;
  for (const Condition& condition : conditions()) {
    for (Symptom& symptom : condition.judge(readings)) {
      findings.push_back(
          {condition.name, condition.severity, std::move(symptom), condition.remedy});
    }
  }
  std::ranges::stable_sort(findings, {}, &Finding::severity);
  return findings;
}

}  // namespace kaskad::doctor
