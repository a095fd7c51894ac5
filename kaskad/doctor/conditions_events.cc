// Conditions of events: what users do, and what comes of answers.
#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {
namespace {

constexpr double kQuiet = 900;         // seconds without an event while answers are shown
constexpr double kMostUnjoined = 0.5;  // of the actions
constexpr double kLeastActions = 20;   // between the readings, before that share means something

std::vector<Symptom> store_failing(const Readings& readings) {
  const double failures = readings.increase("kaskad_event_store_failures_total");
  if (failures <= 0) return {};
  return {{"the store of events could not be read or written " +
           std::to_string(static_cast<int64_t>(failures)) + " times in " +
           duration_text(readings.seconds())}};
}

std::vector<Symptom> journal_failing(const Readings& readings) {
  const double lost = readings.value("kaskad_journal_failures").value_or(0);
  if (lost <= 0) return {};
  return {{std::to_string(static_cast<int64_t>(lost)) +
           " lines of the journal could not be written since the server began"}};
}

std::vector<Symptom> no_events(const Readings& readings) {
  const double age = readings.value("kaskad_newest_event_age_seconds").value_or(0);
  const double pages = readings.increase("kaskad_pages_total");
  const double stored = readings.increase("kaskad_events_total", {{"outcome", "stored"}});
  if (age <= kQuiet || pages <= 0 || stored > 0) return {};
  return {{"answers are shown, and the newest event is " + duration_text(age) + " old", "",
           readings.now() - age}};
}

std::vector<Symptom> unjoined(const Readings& readings) {
  const double all = readings.increase("kaskad_joined_actions_total");
  const double joined = readings.increase("kaskad_joined_actions_total", {{"page", "page"}}) +
                        readings.increase("kaskad_joined_actions_total", {{"page", "elsewhere"}});
  if (all < kLeastActions || 1 - joined / all <= kMostUnjoined) return {};
  const double unnamed = readings.increase("kaskad_joined_actions_total", {{"page", "unnamed"}});
  return {{share_text(1 - joined / all) + " of actions belong to no answer that is remembered (" +
           share_text(unnamed / all) + " name none): SIFR and CTR are too low"}};
}

constexpr Condition kEventConditions[] = {
    {"KaskadEventStoreFailing", Severity::kCritical,
     "POST /v1/events answers 503 with what the disk, or Redis, said; clients send again, nothing "
     "acknowledged is lost. Most often a full disk: make room, and writing goes on.",
     store_failing},
    {"KaskadJournalFailing", Severity::kWarning,
     "The disk of --journal is full or cannot be written. Answers go on, but `kaskad ab` will not "
     "know of those lines.",
     journal_failing},
    {"KaskadNoEvents", Severity::kWarning,
     "Nobody tells the server what users do: see whether what sends POST /v1/events runs, and what "
     "status it gets (401: the token; 429: too much at once).",
     no_events},
    {"KaskadActionsUnjoined", Severity::kWarning,
     "Send the answer's `request_id` and `user_id` with each action, to the server that gave the "
     "answer or one that shares its Redis: pages are remembered in memory, of the newest 100,000.",
     unjoined},
};

}  // namespace

std::span<const Condition> event_conditions() { return kEventConditions; }

}  // namespace kaskad::doctor
