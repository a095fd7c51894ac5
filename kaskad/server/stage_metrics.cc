#include "kaskad/server/stage_metrics.h"

#include <algorithm>
#include <functional>
#include <mutex>

#include "kaskad/core/utc.h"

namespace kaskad {
namespace {

double breaker_value(Breaker::State state) {
  if (state == Breaker::State::kOpen) return 1;
  return state == Breaker::State::kTrying ? 0.5 : 0;
}

// Arms have stages of the same names: the worst of each.
struct StageState {
  double breaker = 0, abandoned = 0;
  double age = 0;  // seconds; 0: not known
};

std::map<std::string, StageState> states_of(const Served& served, double now) {
  std::map<std::string, StageState> states;
  for (const auto& cascade : served.cascades()) {
    cascade->for_each_stage([&](const auto& stage) {
      StageState& state = states[stage.config().name];
      state.breaker = std::max(state.breaker, breaker_value(stage.guard().breaker()));
      state.abandoned += static_cast<double>(stage.guard().abandoned());
      const double created = epoch_seconds(stage.bundle().created);
      if (created > 0) state.age = std::max(state.age, now - created);
    });
  }
  return states;
}

void read_drift(const Served& served, MetricFamilies& families) {
  auto psi = read_gauge("kaskad_stage_score_psi",
                        "How far a stage's scores have drifted from its reference: population "
                        "stability index.");
  auto answers = read_gauge("kaskad_stage_score_answers",
                            "Answers since the reference of a stage's scores was there.");
  for (const auto& cascade : served.cascades()) {
    for (const CascadeDrift::Row& row : served.drift_of(*cascade).rows()) {
      const MetricLabels labels = {{"version", cascade->version()},
                                   {"stage", row.stage},
                                   {"asked", row.asked},
                                   {"reference", row.reading.of_trials ? "trial" : "live"}};
      answers.add(static_cast<double>(row.reading.answers), labels);
      if (row.reading.psi) psi.add(*row.reading.psi, labels);
    }
  }
  psi.move_to(families);
  answers.move_to(families);
}

}  // namespace

StageMetrics::StageMetrics(prometheus::Registry& registry)
    : seconds_(family(prometheus::BuildHistogram(), registry, "kaskad_stage_seconds",
                      "What a stage of a cascade took, what stood in for it not included.")),
      candidates_(family(prometheus::BuildCounter(), registry, "kaskad_stage_candidates_total",
                         "Candidates that came into a stage and left it.")),
      unknown_(family(prometheus::BuildCounter(), registry, "kaskad_stage_unknown_candidates_total",
                      "Candidates that a stage's model does not know.")),
      fallbacks_(family(prometheus::BuildCounter(), registry, "kaskad_stage_fallbacks_total",
                        "Answers in which something stood in for a stage, by why and by what.")) {}

StageMetrics::Counts& StageMetrics::counts_of(std::string_view stage) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = stages_.find(stage); found != stages_.end()) return found->second;
  }
  const std::unique_lock lock(mutex_);
  const std::string name(stage);
  Counts& counts = stages_[name];
  if (counts.seconds) return counts;
  counts.seconds = &seconds_.Add({{"stage", name}}, kSecondBounds);
  counts.in = &candidates_.Add({{"stage", name}, {"direction", "in"}});
  counts.out = &candidates_.Add({{"stage", name}, {"direction", "out"}});
  counts.unknown = &unknown_.Add({{"stage", name}});
  return counts;
}

void StageMetrics::count(const std::vector<StageRecord>& records) {
  for (const StageRecord& record : records) {
    Counts& counts = counts_of(record.name);
    counts.seconds->Observe(record.seconds);
    counts.in->Increment(static_cast<double>(record.in));
    counts.out->Increment(static_cast<double>(record.out));
    counts.unknown->Increment(static_cast<double>(record.unknown));
    if (!record.fault) {
      // A stage that this request did not ask (it took no time) says nothing of its health.
      if (record.seconds > 0) counts.failing_since = 0;
      continue;
    }
    double healthy = 0;
    counts.failing_since.compare_exchange_strong(healthy, seconds_since_1970());
    fallbacks_
        .Add({{"stage", std::string(record.name)},
              {"reason", to_string(record.fault->reason)},
              {"fallback", std::string(record.fallback)}})
        .Increment();
  }
}

void StageMetrics::read(const Served& served, MetricFamilies& families) const {
  if (!served.cascade) return;
  auto open = read_gauge("kaskad_stage_breaker_open",
                         "1 while a stage is left alone because it kept failing; 0.5 while a "
                         "request tries it again.");
  auto abandoned = read_gauge("kaskad_stage_abandoned_calls",
                              "Calls of a stage beyond their time that still run.");
  auto ages = read_gauge("kaskad_stage_model_age_seconds", "Since a stage's bundle was written.");
  for (const auto& [stage, state] : states_of(served, seconds_since_1970())) {
    open.add(state.breaker, {{"stage", stage}});
    abandoned.add(state.abandoned, {{"stage", stage}});
    if (state.age > 0) ages.add(state.age, {{"stage", stage}});
  }
  auto failing =
      read_gauge("kaskad_stage_failing_since_seconds",
                 "When a stage failed first after its last good answer, in seconds since "
                 "1970; 0: its last answer was good.");
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [stage, counts] : stages_)
      failing.add(counts.failing_since, {{"stage", stage}});
  }
  for (ReadFamily* one : {&open, &abandoned, &ages, &failing}) one->move_to(families);
  read_drift(served, families);
}

}  // namespace kaskad
