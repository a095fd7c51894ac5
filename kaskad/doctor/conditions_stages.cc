// Conditions of a cascade's stages.
#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {
namespace {

constexpr double kMostFallbacks = 0.05;  // of the answers that asked the stage
constexpr double kMostUnknown = 0.1;     // of the candidates that came in
constexpr double kDrifted = 0.25;        // population stability index

std::optional<double> failing_since(const Readings& readings, const std::string& stage) {
  const double since =
      readings.value("kaskad_stage_failing_since_seconds", {{"stage", stage}}).value_or(0);
  return since > 0 ? std::optional(since) : std::nullopt;
}

std::vector<Symptom> open_breakers(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples("kaskad_stage_breaker_open")) {
    if (sample.value <= 0) continue;
    const std::string stage = sample.label("stage");
    symptoms.push_back({"the stage kept failing and is left alone; something else stands in for it",
                        stage, failing_since(readings, stage)});
  }
  return symptoms;
}

// "exception 12%, time 3%": of the answers that asked the stage.
std::string reasons_text(const Readings& readings, const std::string& stage, double asked) {
  std::string text;
  for (const std::string& reason : readings.values_of("kaskad_stage_fallbacks_total", "reason")) {
    const double share =
        readings.increase("kaskad_stage_fallbacks_total", {{"stage", stage}, {"reason", reason}}) /
        asked;
    if (share > 0) text += (text.empty() ? "" : ", ") + reason + " " + share_text(share);
  }
  return text;
}

std::vector<Symptom> failing(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const std::string& stage : readings.values_of("kaskad_stage_seconds_count", "stage")) {
    const double asked = readings.increase("kaskad_stage_seconds_count", {{"stage", stage}});
    const double failed = readings.increase("kaskad_stage_fallbacks_total", {{"stage", stage}});
    if (asked <= 0 || failed / asked <= kMostFallbacks) continue;
    symptoms.push_back({"in " + share_text(failed / asked) +
                            " of its answers something stood in for the stage (" +
                            reasons_text(readings, stage, asked) + ")",
                        stage, failing_since(readings, stage)});
  }
  return symptoms;
}

std::vector<Symptom> hanging(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples("kaskad_stage_abandoned_calls")) {
    if (sample.value <= 0) continue;
    symptoms.push_back({std::to_string(static_cast<int64_t>(sample.value)) +
                            " calls that ran out of time still run",
                        sample.label("stage")});
  }
  return symptoms;
}

std::vector<Symptom> unknown_candidates(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const std::string& stage : readings.values_of("kaskad_stage_seconds_count", "stage")) {
    const double in =
        readings.increase("kaskad_stage_candidates_total", {{"stage", stage}, {"direction", "in"}});
    const double unknown =
        readings.increase("kaskad_stage_unknown_candidates_total", {{"stage", stage}});
    if (in <= 0 || unknown / in <= kMostUnknown) continue;
    symptoms.push_back(
        {"its model does not know " + share_text(unknown / in) + " of its candidates", stage});
  }
  return symptoms;
}

std::vector<Symptom> drifted(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples("kaskad_stage_score_psi")) {
    if (!(sample.value > kDrifted)) continue;
    char index[32];
    std::snprintf(index, sizeof(index), "%.2f", sample.value);
    symptoms.push_back(
        {"its scores are distributed otherwise than " +
             std::string(sample.label("reference") == "trial" ? "those of stored users at loading"
                                                              : "those of the first clients") +
             " (PSI " + index + ", " + sample.label("asked") + ")",
         sample.label("stage")});
  }
  return symptoms;
}

constexpr Condition kStageConditions[] = {
    {"KaskadStageBreakerOpen", Severity::kCritical,
     "POST /v1/explain shows under `degraded` why it fails. Where that began with new models, have "
     "the "
     "older ones back (POST /v1/admin/rollback); else look at the machine.",
     open_breakers},
    {"KaskadStageFailing", Severity::kWarning,
     "`time`: give the stage more time_ms or fewer candidates. `exception`, `not_a_number`: the "
     "model is broken: `kaskad check cascade.toml`, then POST /v1/admin/rollback. `busy`: earlier "
     "calls "
     "hang.",
     failing},
    {"KaskadStageHangs", Severity::kWarning,
     "A model cannot be interrupted: each call holds a thread. If the number does not fall, "
     "restart "
     "the server, and find what the model waits for.",
     hanging},
    {"KaskadStageUnknownCandidates", Severity::kWarning,
     "Its model is older than those that retrieve: train it on a newer log, and reload.",
     unknown_candidates},
    {"KaskadScoreDrift", Severity::kWarning,
     "What changed: the clients (kaskad_looked_up_ids_total, new filters), or what the model reads "
     "(counters, features)? Compare SIFR with the week before; where it fell, go back or train "
     "anew. "
     "After a change that was meant, reload: it makes a new reference.",
     drifted},
};

}  // namespace

std::span<const Condition> stage_conditions() { return kStageConditions; }

}  // namespace kaskad::doctor
