// Conditions of requests and of the process that answers them.
#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {
namespace {

constexpr double kMostErrors = 0.01;      // of all requests
constexpr double kMostRefused = 0.01;     // of all requests
constexpr double kSlow = 0.25;            // seconds, the 99th percentile
constexpr double kLeastMemory = 0.1;      // of what the process could have
constexpr double kMostDescriptors = 0.8;  // of those allowed

std::vector<Symptom> not_ready(const Readings& readings) {
  if (readings.value("kaskad_ready").value_or(1) > 0) return {};
  return {{"the server is stopping: it takes no new requests"}};
}

// What it was asked for and could not do; 503 is said where there is no room, too.
std::vector<Symptom> errors(const Readings& readings) {
  double failed = 0;
  for (const std::string& status : readings.values_of("kaskad_requests_total", "status")) {
    if (!status.starts_with('5')) continue;
    failed += readings.increase("kaskad_requests_total", {{"status", status}});
  }
  failed -= readings.increase("kaskad_requests_total", {{"status", "503"}, {"path", "none"}});
  const double all = readings.increase("kaskad_requests_total");
  if (all <= 0 || failed / all <= kMostErrors) return {};
  return {{share_text(failed / all) + " of requests ended with a status of 500 and above"}};
}

std::vector<Symptom> overloaded(const Readings& readings) {
  const double refused =
      readings.increase("kaskad_requests_total", {{"status", "429"}}) +
      readings.increase("kaskad_requests_total", {{"status", "503"}, {"path", "none"}});
  const double all = readings.increase("kaskad_requests_total");
  if (all <= 0 || refused / all <= kMostRefused) return {};
  return {{share_text(refused / all) + " of requests were refused for want of room"}};
}

std::vector<Symptom> slow(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const char* path : {"/v1/recommend", "/v1/search", "/v1/rank"}) {
    const auto p99 = readings.quantile("kaskad_request_seconds", 0.99, {{"path", path}});
    if (!p99 || *p99 <= kSlow) continue;
    symptoms.push_back({"one in a hundred requests to " + std::string(path) + " takes " +
                        duration_text(*p99) + " or longer"});
  }
  return symptoms;
}

std::vector<Symptom> empty_answers(const Readings& readings) {
  const double asked = readings.increase("kaskad_stage_seconds_count", {{"stage", "blend"}});
  const double items = readings.increase("kaskad_stage_candidates_total",
                                         {{"stage", "blend"}, {"direction", "out"}});
  if (asked <= 0 || items > 0) return {};
  return {{"every answer of the cascade was empty", "blend"}};
}

std::vector<Symptom> little_memory(const Readings& readings) {
  const double used = readings.value("process_resident_memory_bytes").value_or(0);
  const auto available = readings.value("kaskad_available_memory_bytes");
  if (!available || used <= 0) return {};
  const double left = *available / (used + *available);
  if (left >= kLeastMemory) return {};
  return {{"only " + share_text(left) + " of the memory that the process could have is left"}};
}

std::vector<Symptom> few_descriptors(const Readings& readings) {
  const double open = readings.value("process_open_fds").value_or(0);
  const double most = readings.value("process_max_fds").value_or(0);
  if (most <= 0 || open / most <= kMostDescriptors) return {};
  return {{share_text(open / most) + " of the descriptors that the process may open are open"}};
}

constexpr Condition kTrafficConditions[] = {
    {kNotReady, Severity::kCritical,
     "It ends by itself within --drain-time. If nobody stopped it, the log's last line names the "
     "signal; start it again.",
     not_ready},
    {"KaskadErrors", Severity::kCritical,
     "The log has a line for each (`--log errors`), with the path and what was thrown. Where they "
     "began with new models, have the older ones back (POST /v1/admin/rollback).",
     errors},
    {"KaskadOverloaded", Severity::kCritical,
     "Requests come faster than they are answered. See which stage takes the time "
     "(kaskad_stage_seconds) and lower its candidate budget, or add a server. Clients should wait "
     "as "
     "Retry-After says.",
     overloaded},
    {"KaskadEmptyAnswers", Severity::kCritical,
     "Ask POST /v1/explain for one request: `dropped` says what took the candidates. Most often a "
     "new list `available`, a rule, or a retriever that finds nothing.",
     empty_answers},
    {"KaskadSlow", Severity::kWarning,
     "kaskad_stage_seconds says which stage. Give it a `time_ms` and a fallback, or fewer "
     "candidates; see whether the machine does something else (kaskad_requests_in_flight, load).",
     slow},
    {"KaskadLittleMemory", Severity::kWarning,
     "A reload holds two versions for a moment: it may be killed by the next one. Give it more "
     "memory, or smaller caches (last_good_users, events_per_user).",
     little_memory},
    {"KaskadFewDescriptors", Severity::kWarning,
     "Raise the limit (LimitNOFILE=, ulimit -n) above --max-connections and some hundred, or lower "
     "--max-connections.",
     few_descriptors},
};

}  // namespace

std::span<const Condition> traffic_conditions() { return kTrafficConditions; }

}  // namespace kaskad::doctor
