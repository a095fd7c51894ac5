// kaskad ab: the answer of an experiment, from its event log or a table of users.
#include "cli/ab.h"

#include <charconv>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/experiment/analysis_json.h"
#include "kaskad/experiment/table.h"
#include "kaskad/log/time_text.h"
#include "kaskad/report/ab_page.h"

namespace kaskad::cli {
namespace {

constexpr double kMinute = 60'000, kHour = 60 * kMinute;

// A date, a time, seconds or milliseconds.
int64_t time_of(const std::string& text, const char* option) {
  if (const auto time = parse_iso8601(text)) return *time;
  int64_t time = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), time);
  if (end.ec == std::errc() && end.ptr == text.data() + text.size()) {
    return to_milliseconds(time);
  }
  throw Error(std::string(option) + ": found '" + text +
              "', expected a time as 2026-11-30, 2026-11-30T12:00:00Z, seconds or milliseconds");
}

// "control=0.5,new=0.5" or one a text.
std::map<std::string, double> shares_of(const std::vector<std::string>& texts) {
  std::map<std::string, double> shares;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    double share = 0;
    const char* const begin = text.data() + std::min(equals, text.size() - 1) + 1;
    const auto end = std::from_chars(begin, text.data() + text.size(), share);
    if (equals == std::string::npos || end.ec != std::errc() ||
        end.ptr != text.data() + text.size() || !(share > 0)) {
      throw Error("--shares: found '" + text + "', expected ARM=SHARE with a share above 0");
    }
    shares[text.substr(0, equals)] = share;
  }
  return shares;
}

ab::AnalysisOptions analysis_options(const AbArguments& arguments, const ExperimentConfig* plan) {
  ab::AnalysisOptions options;
  options.effect = effect_options(arguments);
  options.metric = arguments.metric;
  options.control = arguments.control;
  options.shares = shares_of(arguments.shares);
  options.plan = plan;
  return options;
}

// The columns of a table, and which metric decides where none is asked for: the first.
ab::ReadTable read_users(AbArguments& arguments) {
  ab::TableRequest request{arguments.user_column, arguments.arm_column, {}, OnError::kSkip};
  if (arguments.strict) request.on_error = OnError::kFail;
  for (const std::string& text : arguments.ratios) {
    request.metrics.push_back(ab::TableMetric::parse(text));
  }
  for (const std::string& text : arguments.covariates) ab::set_covariate(request.metrics, text);
  if (request.metrics.empty()) {
    throw Error("--table needs --ratio NAME=COLUMN or NAME=COLUMN/COLUMN: what to compare");
  }
  if (arguments.metric.empty()) arguments.metric = request.metrics.front().name;
  return ab::read_table(arguments.table, request);
}

std::string ab_command_line(const AbArguments& arguments) {
  std::string text = "kaskad ab";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += std::string(" ") + option + " " + value;
  };
  for (const std::string& log : arguments.logs) text += " " + log;
  add("--table", arguments.table);
  for (const std::string& ratio : arguments.ratios) add("--ratio", ratio);
  for (const std::string& covariate : arguments.covariates) add("--covariate", covariate);
  add("--plan", arguments.plan);
  add("--experiment", arguments.experiment);
  add("--metric", arguments.metric);
  add("--control", arguments.control);
  for (const std::string& share : arguments.shares) add("--shares", share);
  for (const std::string& action : arguments.useful) add("--useful", action);
  add("--pre-period-end", arguments.pre_period_end);
  if (arguments.cuped) text += " --cuped";
  if (arguments.sequential) text += " --sequential";
  return text;
}

void give(const AbArguments& arguments, const ab::Analysis& analysis, nlohmann::json reading,
          const std::string& reading_words) {
  if (analysis.layers.empty()) {
    throw Error("found no arm in the exposures" +
                (arguments.experiment.empty() ? "" : " of '" + arguments.experiment + "'") +
                ", expected \"arms\": {\"LAYER\": \"ARM\"} in them");
  }
  nlohmann::json json = ab::to_json(analysis);
  json["reading"] = std::move(reading);
  json["command"] = ab_command_line(arguments);
  json["created"] = now_utc();
  json["kaskad"] = KASKAD_VERSION;
  if (!arguments.report.empty()) write_file(arguments.report, ab_page(json));
  if (arguments.json) return print_json(json);
  std::cout << reading_words << analysis_text(analysis) << std::flush;
  if (!arguments.report.empty()) say("page " + arguments.report);
}

void run_table(AbArguments arguments) {
  if (!arguments.logs.empty()) throw Error("found a log and --table, expected one of them");
  const ab::ReadTable table = read_users(arguments);
  warn_of_skipped(table.skipped);
  const ab::Analysis analysis =
      ab::analyse(table.population, table.metrics, {}, analysis_options(arguments, nullptr));
  const auto users = table.population.users().size();
  give(arguments, analysis,
       {{"rows", table.rows}, {"users", users}, {"broken_lines", ab::to_json(table.skipped)}},
       std::to_string(table.rows) + " rows of " + std::to_string(users) + " users\n");
}

void run_log(AbArguments arguments) {
  std::optional<ExperimentConfig> plan;
  if (!arguments.plan.empty()) {
    plan = ExperimentConfig::from_toml(arguments.plan);
    if (arguments.experiment.empty()) arguments.experiment = plan->name;
  }
  if (arguments.metric.empty()) arguments.metric = "sifr";
  const ab::ReadLog read = read_events(arguments, attribution_options(arguments));
  const ab::Analysis analysis = ab::analyse(read.population, read.metrics, read.days,
                                            analysis_options(arguments, plan ? &*plan : nullptr));
  give(arguments, analysis, ab::reading_json(read), reading_text(read));
}

void run_ab(const AbArguments& arguments) {
  if (arguments.power) return run_power(arguments);
  if (arguments.cuped && arguments.table.empty() && arguments.pre_period_end.empty()) {
    throw Error("--cuped needs --pre-period-end: the log's time before the experiment");
  }
  if (!arguments.table.empty()) return run_table(arguments);
  if (arguments.logs.empty()) {
    throw Error("found no log, expected files of events ('-': standard input) or --table");
  }
  run_log(arguments);
}

void add_reading_options(CLI::App* verb, AbArguments& a) {
  verb->add_option("logs", a.logs, "Event logs, JSON lines, gzip or not; '-': standard input");
  verb->add_option("--plan", a.plan, "experiment.toml: its controls and shares");
  verb->add_option("--experiment", a.experiment, "Name; only its exposures (default: all)");
  verb->add_option("--window", a.window_minutes,
                   "Minutes from a page to an action that names no request")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb->add_option("--request-window", a.request_hours,
                   "Hours from a page to an action that names its request")
      ->check(CLI::Range(0.0, 1e4))
      ->capture_default_str();
  verb->add_option("--useful", a.useful, "Actions that make a page useful (default: every one)")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--click", a.click, "The action that CTR counts")->capture_default_str();
  verb->add_flag("--strict", a.strict, "Fail at the first line that cannot be read");
  verb->add_option("--table", a.table, "One row a user instead of a log: CSV, TSV, JSONL, Parquet");
  verb->add_option("--user-column", a.user_column, "Of --table")->capture_default_str();
  verb->add_option("--arm-column", a.arm_column, "Of --table")->capture_default_str();
  verb->add_option("--ratio", a.ratios,
                   "Metric of --table: NAME=COLUMN/COLUMN, or NAME=COLUMN by user; repeat")
      ->allow_extra_args(false)
      ->allow_extra_args(false);
  verb->add_option("--covariate", a.covariates,
                   "The same of the time before, for --cuped: NAME=COLUMN/COLUMN; repeat")
      ->allow_extra_args(false)
      ->allow_extra_args(false);
}

void add_analysis_options(CLI::App* verb, AbArguments& a) {
  verb->add_option("--metric", a.metric, "What decides (default: sifr, or the first --ratio)");
  verb->add_option("--control", a.control, "Arm that the others are compared with");
  verb->add_option("--shares", a.shares, "Planned shares: ARM=SHARE,ARM=SHARE")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_flag("--cuped", a.cuped, "Take away what users did before the experiment");
  verb->add_option("--pre-period-end", a.pre_period_end,
                   "When the experiment began: earlier pages are the users' past");
  verb->add_flag("--sequential", a.sequential, "Intervals that may be looked at every day");
  verb->add_option("--planned-users", a.planned_users,
                   "Of --sequential: users where its intervals shall be narrowest")
      ->check(CLI::Range(1.0, 1e12))
      ->capture_default_str();
  verb->add_option("--level", a.level, "Of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str();
  verb->add_option("--report", a.report, "Page with plots; empty: none")->capture_default_str();
  verb->add_flag("--json", a.json, "One JSON object on standard output");
}

void add_power_options(CLI::App* verb, AbArguments& a) {
  const CLI::Range positive(1e-9, 1e15);
  CLI::Option* power =
      verb->add_flag("--power", a.power, "Plan instead: days for an effect, effect of some days");
  const auto power_option = [&](const char* name, double& value, const char* words) {
    return verb->add_option(name, value, words)->needs(power)->check(positive);
  };
  power_option("--mde", a.mde, "Least relative effect to be found: 0.02 is 2%");
  power_option("--days", a.days, "Instead of --mde: what this many days would find");
  power_option("--baseline", a.baseline, "Metric now, where there is no log to measure it");
  power_option("--deviation", a.deviation,
               "Its standard deviation over users (default: that of a share)");
  power_option("--users-per-day", a.users_per_day, "New users a day, where there is no log");
  power_option("--arm-share", a.arm_share, "Of users, for the new arm")->capture_default_str();
  power_option("--control-share", a.control_share, "Of users (default: the rest)");
  verb->add_option("--probability", a.probability, "To find the effect where it is there")
      ->needs(power)
      ->check(CLI::Range(0.5, 0.999))
      ->capture_default_str();
}

}  // namespace

ab::EffectOptions effect_options(const AbArguments& arguments) {
  ab::EffectOptions options{arguments.level, arguments.cuped, {}};
  if (arguments.sequential) options.sequential = {arguments.planned_users};
  return options;
}

ab::AttributionOptions attribution_options(const AbArguments& arguments) {
  ab::AttributionOptions options;
  options.window = static_cast<int64_t>(arguments.window_minutes * kMinute);
  options.request_window = static_cast<int64_t>(arguments.request_hours * kHour);
  if (!arguments.pre_period_end.empty()) {
    options.pre_period_end = time_of(arguments.pre_period_end, "--pre-period-end");
  }
  options.experiment = arguments.experiment;
  options.click = arguments.click;
  options.useful = {arguments.useful.begin(), arguments.useful.end()};
  return options;
}

ab::ReadLog read_events(const AbArguments& arguments, const ab::AttributionOptions& options) {
  ab::EventLog log(arguments.logs, arguments.strict ? OnError::kFail : OnError::kSkip);
  ab::ReadLog read = ab::read_log(log, options, arguments.metric, console_progress(arguments.json));
  end_progress();
  warn_of_skipped(read.skipped);
  return read;
}

void add_ab(CLI::App& app) {
  const auto arguments = std::make_shared<AbArguments>();
  CLI::App* verb = app.add_subcommand(
      "ab", "The answer of an experiment: figures by arm, intervals over users, a verdict");
  verb->footer(
      "Example:\n"
      "  kaskad ab events-*.jsonl --plan experiment.toml --useful save,contact\n"
      "  kaskad ab events.jsonl.gz --cuped --pre-period-end 2026-11-16 --sequential\n"
      "  kaskad ab --table users.csv --ratio ctr=clicks/shown --covariate ctr=clicks0/shown0 "
      "--cuped\n"
      "  kaskad ab --power --baseline 0.21 --users-per-day 4000 --mde 0.02\n"
      "docs/experiments.md says what the log holds and what each figure means.");
  add_reading_options(verb, *arguments);
  add_analysis_options(verb, *arguments);
  add_power_options(verb, *arguments);
  verb->callback([arguments] { run_ab(*arguments); });
}

}  // namespace kaskad::cli
