#include "kaskad/server/health_checks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "kaskad/core/utc.h"
#include "kaskad/doctor/examination.h"

namespace kaskad {
namespace {

using nlohmann::ordered_json;

ordered_json looked_at() {
  ordered_json all = ordered_json::array();
  for (const doctor::Condition& condition : doctor::conditions()) {
    all.push_back({{"condition", condition.name},
                   {"severity", doctor::to_string(condition.severity)},
                   {"remedy", condition.remedy}});
  }
  return all;
}

}  // namespace

HealthChecks::HealthChecks(Clock::time_point start) { looks_.push_back({start, {}}); }

HealthChecks::Look HealthChecks::before(Look look) {
  const std::lock_guard lock(mutex_);
  while (looks_.size() > 1 && looks_[1].at + kWindow <= look.at) looks_.pop_front();
  Look earlier = looks_.front();
  if (looks_.back().at + kApart <= look.at) looks_.push_back(std::move(look));
  return earlier;
}

HttpResponse HealthChecks::answer(const std::string& metrics, Clock::time_point now) {
  Look look{now, doctor::MetricsText::parse(metrics, "/metrics")};
  Look earlier = before(look);
  // Two calls within a millisecond of the start must not divide by nothing.
  const double seconds = std::max(std::chrono::duration<double>(now - earlier.at).count(), 0.001);
  const doctor::Readings readings(std::move(earlier.metrics), std::move(look.metrics), seconds,
                                  seconds_since_1970());
  const auto findings = doctor::judge(readings);
  const ordered_json found = {{"ok", findings.empty()},
                              {"seconds", seconds},
                              {"findings", doctor::to_json(findings)},
                              {"checked", looked_at()},
                              {"facts", doctor::to_json(doctor::facts_of(readings))}};
  HttpResponse response;
  response.body = found.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

}  // namespace kaskad
