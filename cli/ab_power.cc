// kaskad ab --power: how long an experiment must run, or what it would find, before it begins.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/ab.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/experiment/power.h"

namespace kaskad::cli {
namespace {

constexpr int kLongestDays = 3650;

// From the log of any time without an experiment, or with one: everybody as one arm.
ab::PowerBasis measured_basis(const AbArguments& arguments) {
  ab::AttributionOptions options = attribution_options(arguments);
  options.everyone = true;
  const ab::ReadLog read = read_events(arguments, options);
  (void)ab::find_metric(read.metrics, arguments.metric);
  ab::PowerBasis basis;
  for (const ab::DayMoments& day : read.days) {
    const ab::Moments& everyone = day.moments[0][0];
    if (everyone.users() < 2) continue;
    basis.errors.push_back(ab::figure_error(everyone, arguments.cuped));
    basis.users.push_back(everyone.users());
    basis.baseline = ab::figure_of(everyone, {}).value;
  }
  if (basis.errors.empty()) throw Error("the log has too few users to plan by");
  return basis;
}

ab::PowerBasis given_basis(const AbArguments& arguments) {
  if (arguments.baseline < 0 || arguments.users_per_day < 0) {
    throw Error("--power needs a log, or --baseline and --users-per-day");
  }
  double deviation = arguments.deviation;
  if (deviation < 0) {
    if (arguments.baseline >= 1) {
      throw Error("--baseline of 1 or more is no share of users; give its --deviation, too");
    }
    deviation = std::sqrt(arguments.baseline * (1 - arguments.baseline));
  }
  return ab::stated_basis(arguments.baseline, deviation, arguments.users_per_day);
}

ab::PowerOptions power_options(const AbArguments& arguments) {
  ab::PowerOptions options;
  options.level = arguments.level;
  options.power = arguments.probability;
  options.arm_share = arguments.arm_share;
  options.control_share =
      arguments.control_share > 0 ? arguments.control_share : 1 - arguments.arm_share;
  if (arguments.sequential) options.sequential = {arguments.planned_users};
  if (options.control_share <= 0 || options.arm_share + options.control_share > 1 + 1e-9) {
    throw Error("--arm-share and --control-share: found shares of together " +
                std::to_string(options.arm_share + std::max(0.0, options.control_share)) +
                ", expected both above 0 and at most 1 together");
  }
  return options;
}

std::string text_of(const char* form, double value) {
  char text[32];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

// What some lengths would find, so that a plan can be weighed.
nlohmann::json effects_by_days(const ab::PowerBasis& basis, const ab::PowerOptions& options) {
  nlohmann::json rows = nlohmann::json::array();
  for (const int days : {1, 3, 7, 14, 21, 28, 42, 56}) {
    rows.push_back({{"days", days},
                    {"users", ab::users_after(basis, days)},
                    {"effect", ab::detectable_effect(basis, days, options)}});
  }
  return rows;
}

std::string answer_text(const AbArguments& arguments, const nlohmann::json& json) {
  const std::string metric = arguments.metric.empty() ? "metric" : arguments.metric;
  std::string text = metric + " is " + text_of("%.4g", json["baseline"]) + " now.\n";
  const std::string surely = text_of("%g%%", 100 * arguments.probability);
  if (json.contains("days_needed")) {
    const std::string effect = text_of("%g%%", 100 * arguments.mde);
    text += json["days_needed"].is_null()
                ? "A change of " + effect + " is not found within ten years.\n"
                : "A change of " + effect + " is found with a probability of " + surely + " in " +
                      json["days_needed"].dump() + " days.\n";
  }
  if (json.contains("effect")) {
    text += text_of("%g", arguments.days) + " days find a change of " +
            text_of("%.2f%%", 100 * json["effect"].get<double>()) + " with a probability of " +
            surely + ".\n";
  }
  std::vector<std::vector<std::string>> rows = {{"days", "users", "least change found"}};
  for (const auto& row : json["by_days"]) {
    rows.push_back({row["days"].dump(), text_of("%.0f", row["users"]),
                    text_of("%.2f%%", 100 * row["effect"].get<double>())});
  }
  return text + aligned(rows);
}

}  // namespace

void run_power(const AbArguments& given) {
  AbArguments arguments = given;
  const bool measured = !arguments.logs.empty();
  if (measured && (arguments.baseline >= 0 || arguments.users_per_day >= 0)) {
    throw Error(
        "--power: found a log and --baseline or --users-per-day, expected one or the other");
  }
  if (measured && arguments.metric.empty()) arguments.metric = "sifr";
  const ab::PowerBasis basis = measured ? measured_basis(arguments) : given_basis(arguments);
  if (!(std::abs(basis.baseline) > 0)) {
    throw Error("the metric is 0 in this log; a relative change of it says nothing");
  }
  const ab::PowerOptions options = power_options(arguments);
  nlohmann::json json = {{"baseline", basis.baseline},
                         {"measured_days", measured ? basis.errors.size() : 0},
                         {"by_days", effects_by_days(basis, options)}};
  if (arguments.mde > 0) {
    const auto days = ab::days_needed(basis, arguments.mde, options, kLongestDays);
    json["days_needed"] = days ? nlohmann::json(*days) : nlohmann::json();
  }
  if (arguments.days > 0) json["effect"] = ab::detectable_effect(basis, arguments.days, options);
  if (arguments.json) return print_json(json);
  std::cout << answer_text(arguments, json) << std::flush;
}

}  // namespace kaskad::cli
