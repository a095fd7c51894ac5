// What can be wrong with a server: one table, by the names of the alerts in ops/prometheus. Judged
// by the doctor from two readings; tests/doctor keeps both lists the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/doctor/readings.h"

namespace kaskad::doctor {

enum class Severity { kCritical, kWarning };
const char* to_string(Severity severity);  // "critical", "warning"

// One thing that is wrong.
struct Symptom {
  std::string what;                  // a sentence with figures
  std::string stage = {};            // of a cascade; empty: the server
  std::optional<double> since = {};  // seconds since 1970, where it can be known
};

struct Condition {
  const char* name;  // of the alert
  Severity severity;
  const char* remedy;                              // what to do
  std::vector<Symptom> (*judge)(const Readings&);  // empty: nothing is wrong
};

// By subject; conditions() has all of them.
std::span<const Condition> traffic_conditions();
std::span<const Condition> stage_conditions();
std::span<const Condition> event_conditions();
std::span<const Condition> model_conditions();
std::vector<Condition> conditions();

// Not read from figures: the server does not answer, or with no figures.
inline constexpr Condition kDown = {
    "KaskadDown", Severity::kCritical,
    "See whether the process runs and what it said last (journalctl -u kaskad, or docker logs); "
    "start it again. Where it ends at once, `kaskad check cascade.toml` says why.",
    nullptr};

inline constexpr const char* kNotReady = "KaskadNotReady";

struct Finding {
  std::string condition;
  Severity severity = Severity::kWarning;
  Symptom symptom;
  std::string remedy;
};

// The critical ones first, each group in the order of conditions().
std::vector<Finding> judge(const Readings& readings);

// For symptoms: "12%", "1.5 hours".
std::string share_text(double share);
std::string duration_text(double seconds);

}  // namespace kaskad::doctor
