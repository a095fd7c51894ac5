// The parts of `kaskad ab`, one file each: its options, its texts, its calculator.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/experiment/analysis.h"
#include "kaskad/experiment/attribution.h"
#include "kaskad/experiment/read_log.h"

namespace kaskad::cli {

struct AbArguments {
  std::vector<std::string> logs;
  std::string table, plan, experiment, metric, control, pre_period_end, report = "ab.html";
  std::string user_column = "user_id", arm_column = "arm", click = "click";
  std::vector<std::string> ratios, covariates, shares, useful;
  double window_minutes = 30, request_hours = 24, level = 0.95;
  bool cuped = false, sequential = false, strict = false, json = false;
  double planned_users = 10'000;
  // Of --power; negative: not given.
  bool power = false;
  double baseline = -1, deviation = -1, users_per_day = -1, mde = -1, days = -1;
  double arm_share = 0.5, control_share = -1, probability = 0.8;
};

// ab_text.cc: what a person reads.
std::string analysis_text(const ab::Analysis& analysis);
std::string reading_text(const ab::ReadLog& read);
void warn_of_skipped(const SkippedRows& skipped);

// ab_power.cc
void run_power(const AbArguments& arguments);

// ab.cc
ab::EffectOptions effect_options(const AbArguments& arguments);
ab::AttributionOptions attribution_options(const AbArguments& arguments);
ab::ReadLog read_events(const AbArguments& arguments, const ab::AttributionOptions& options);

}  // namespace kaskad::cli
