// Conditions of models: how old they are, and whether they still fit those who ask.
#include <algorithm>

#include "kaskad/core/utc.h"
#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {
namespace {

constexpr double kOldBundle = 7 * 86'400;  // seconds
constexpr double kOldCounters = 86'400;    // seconds
constexpr double kMostUnknownUsers = 0.5;  // of those looked up
constexpr double kMostUnknownItems = 0.1;  // of those looked up
constexpr double kLeastLookups = 100;      // before these shares mean something
constexpr double kFewDistinct = 0.01;      // of the last items shown
constexpr double kSmallCatalogue = 1000;   // items, where so few are natural

std::vector<Symptom> failed_reload(const Readings& readings) {
  const double failed = readings.value("kaskad_last_failed_reload_seconds").value_or(0);
  const double served = readings.value("kaskad_served_since_seconds").value_or(0);
  if (failed <= served) return {};
  return {{"the last reload was refused; what was loaded at " + utc_text(served) + " goes on", "",
           failed}};
}

std::vector<Symptom> old_bundle(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples("kaskad_stage_model_age_seconds")) {
    if (sample.value <= kOldBundle) continue;
    symptoms.push_back(
        {"its bundle was written " + duration_text(sample.value) + " ago", sample.label("stage")});
  }
  if (!readings.samples("kaskad_stage_model_age_seconds").empty()) return symptoms;
  for (const char* name : {"bundle", "ranker"}) {
    const auto age = readings.value("kaskad_" + std::string(name) + "_age_seconds");
    if (!age || *age <= kOldBundle) continue;
    symptoms.push_back(
        {"the " + std::string(name) + " was written " + duration_text(*age) + " ago"});
  }
  return symptoms;
}

std::vector<Symptom> old_counters(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples("kaskad_counters_age_seconds")) {
    if (sample.value <= kOldCounters) continue;
    symptoms.push_back({"the newest event in the counters of the ranker '" + sample.label("model") +
                            "' is " + duration_text(sample.value) + " old",
                        "", readings.now() - sample.value});
  }
  return symptoms;
}

std::vector<Symptom> unknown_ids(const Readings& readings, const std::string& kind, double most) {
  const double all = readings.increase("kaskad_looked_up_ids_total", {{"kind", kind}});
  const double unknown = readings.increase("kaskad_unknown_ids_total", {{"kind", kind}});
  if (all < kLeastLookups || unknown / all <= most) return {};
  return {{"the models do not know " + share_text(unknown / all) + " of the " + kind +
           "s that requests and events name"}};
}

std::vector<Symptom> unknown_users(const Readings& readings) {
  return unknown_ids(readings, "user", kMostUnknownUsers);
}

std::vector<Symptom> unknown_items(const Readings& readings) {
  return unknown_ids(readings, "item", kMostUnknownItems);
}

std::vector<Symptom> same_items(const Readings& readings) {
  const double shown = readings.value("kaskad_recent_shown_items").value_or(0);
  const double distinct = readings.value("kaskad_recent_distinct_items").value_or(0);
  const double catalogue = readings.value("kaskad_catalogue_items").value_or(0);
  if (shown < 5000 || catalogue < kSmallCatalogue || distinct / shown >= kFewDistinct) return {};
  return {{"the last " + std::to_string(static_cast<int64_t>(shown)) + " items shown were " +
           std::to_string(static_cast<int64_t>(distinct)) + " distinct ones"}};
}

constexpr const char* kTakenDown = "kaskad_experiment_arm_taken_down_seconds";

bool same_arm(const Sample& one, const Sample& other) {
  return one.label("experiment") == other.label("experiment") &&
         one.label("layer") == other.label("layer") && one.label("arm") == other.label("arm");
}

std::vector<Symptom> taken_arm(const Readings& readings) {
  std::vector<Symptom> symptoms;
  for (const Sample& sample : readings.samples(kTakenDown)) {
    const std::string reason = sample.label("reason");
    symptoms.push_back(
        {"the server took the arm '" + sample.label("arm") + "' of the layer '" +
             sample.label("layer") + "' down: against '" + sample.label("control") + "' its " +
             (reason == "degraded" ? "stages fail more often" : reason + " is worse"),
         "", sample.value});
  }
  return symptoms;
}

// An interval that lies wholly below: it may be believed at the first look and at every other.
// An arm that was taken down for it has a condition of its own.
std::vector<Symptom> worse_arm(const Readings& readings) {
  std::vector<Symptom> symptoms;
  const auto& taken = readings.samples(kTakenDown);
  for (const Sample& sample : readings.samples("kaskad_experiment_sifr_change")) {
    if (sample.label("bound") != "high" || sample.value >= 0) continue;
    if (std::ranges::any_of(taken, [&](const Sample& one) { return same_arm(one, sample); }))
      continue;
    symptoms.push_back({"the arm '" + sample.label("arm") + "' of the layer '" +
                        sample.label("layer") + "' has at least " + share_text(-sample.value) +
                        " fewer useful pages than '" + sample.label("control") + "'"});
  }
  return symptoms;
}

constexpr Condition kModelConditions[] = {
    {"KaskadReloadFailed", Severity::kCritical,
     "The log says what was wrong with the new files, and `kaskad check cascade.toml` says it "
     "again. "
     "Mend them and reload; until then the older ones answer.",
     failed_reload},
    {"KaskadArmWorse", Severity::kWarning,
     "Take the arm out of the experiment's file, or its share down, and reload; `kaskad ab` over "
     "the "
     "journal says what else changed.",
     worse_arm},
    {"KaskadArmTakenDown", Severity::kWarning,
     "Its users have the control's answers. GET /v1/admin/versions has the figures. Take the arm "
     "out of the experiment's file before the server starts again, and find out what is wrong with "
     "it; mended, it is an arm of another name.",
     taken_arm},
    {"KaskadSameItems", Severity::kWarning,
     "Everybody gets nearly the same. Look for a stage that fails, for unknown users, and for a "
     "rule "
     "or a list `available` that leaves little.",
     same_items},
    {"KaskadUnknownUsers", Severity::kWarning,
     "New users since the training, or a client that names users otherwise (another prefix, a "
     "hash)? "
     "Compare an id of a request with GET /v1/users/ID. Take events in (--events) or train anew.",
     unknown_users},
    {"KaskadUnknownItems", Severity::kWarning,
     "Items are newer than the models, or a client names them otherwise. Compare an id with GET "
     "/v1/items?prefix=ID; train anew.",
     unknown_items},
    {"KaskadStaleBundle", Severity::kWarning,
     "See why the training that should have replaced it did not run or did not end; then reload.",
     old_bundle},
    {"KaskadStaleCounters", Severity::kWarning,
     "Events do not reach this server (see KaskadNoEvents), or, with Redis, others took them: then "
     "a "
     "reload catches up. Without --events: train anew.",
     old_counters},
};

}  // namespace

std::span<const Condition> model_conditions() { return kModelConditions; }

}  // namespace kaskad::doctor
