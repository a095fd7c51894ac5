// kaskad compare: finished runs of one split side by side, paired by user.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/negatives.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/comparison.h"
#include "kaskad/eval/recommendations.h"
#include "kaskad/eval/run_directories.h"
#include "kaskad/report/compare_page.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

struct CompareArguments {
  std::vector<std::string> runs, lists;
  std::string dataset, split = "leave-one-out", metric = "ndcg@10", report = "compare.html";
  std::string negatives, recipe;
  std::vector<std::string> settings;
  size_t resamples = 1000;
  uint64_t seed = 1;
  bool no_timing = false, json = false;
};

// The questions, where segments, baselines or imported lists need them.
struct Questions {
  Dataset dataset;
  Split split;
  Catalogue catalogue;
  EvalOptions options;

  Questions(const std::string& directory, const std::string& text)
      : dataset(Dataset::open(directory)),
        split(make_split(dataset, SplitOptions::parse(text))),
        catalogue(dataset, split.test) {
    options.metrics = default_metrics(Profile::kKaskad, !catalogue.distance.empty());
  }

  // A run without a name.
  ComparedRun measured(const RankedCases& ranked) const {
    ComparedRun run;
    run.evaluation = measure(ranked, catalogue, split, split.test, dataset, options);
    run.segments = make_segments(run.evaluation, ranked, catalogue, dataset);
    return run;
  }
};

// "rectools=recs.csv" -> the lists measured on the questions.
ComparedRun measure_lists(const std::string& given, const Questions& questions) {
  const size_t equals = given.find('=');
  const std::string path = equals == std::string::npos ? given : given.substr(equals + 1);
  const ListFile file = rank_list_file(path, questions.dataset, questions.split.test,
                                       {.k = longest_k(questions.options.metrics)});
  const auto warn = [&](size_t count, const char* what) {
    if (count > 0) say("warning: " + path + ": " + std::to_string(count) + " " + what);
  };
  warn(file.unknown_users, "rows of users that the dataset lacks were left out");
  warn(file.unknown_items, "rows of items that the dataset lacks hold their place as misses");
  warn(file.cases_without_list, "cases have no list and count as misses");
  ComparedRun run = questions.measured(file.ranked);
  run.directory = path;
  run.name =
      equals == std::string::npos ? fs::path(given).stem().string() : given.substr(0, equals);
  return run;
}

// Popularity stands in every table: adds those baselines that no run brought with it, where the
// runs were asked what the questions ask.
void add_baselines(std::vector<ComparedRun>& runs, const Questions& questions) {
  const Phase& phase = questions.split.test;
  const Evaluation& asked = runs.front().evaluation;
  if (asked.split_hash != questions.split.hash || asked.phase != phase.name ||
      asked.profile != Profile::kKaskad || !asked.exclude_seen) {
    return;
  }
  for (const char* text : {"popularity", "popularity-window"}) {
    const auto baseline =
        PopularityOptions::parse(text, questions.dataset.time_kind(), questions.split.options.kind);
    const std::string name = baseline.to_string();
    const auto is_it = [&](const ComparedRun& run) { return run.name == name; };
    if (std::any_of(runs.begin(), runs.end(), is_it)) continue;
    const auto model = PopularityRetriever::fit(questions.dataset, phase, baseline);
    runs.push_back(questions.measured(
        rank_cases(*model, questions.dataset, phase, {.k = longest_k(questions.options.metrics)})));
    runs.back().name = runs.back().directory = name;
  }
}

void add_segments(std::vector<ComparedRun>& runs, const Questions& questions) {
  const RankedCases cases = collect_cases(questions.dataset, questions.split.test, {});
  for (ComparedRun& run : runs) {
    if (run.evaluation.split_hash != questions.split.hash || !run.segments.segments.empty())
      continue;
    run.segments = make_segments(run.evaluation, cases, questions.catalogue, questions.dataset);
  }
}

void add_costs(FoundRuns& found) {
  const Progress progress = console_progress();
  for (size_t r = 0; r < found.runs.size(); ++r) {
    report(progress, {"timing requests", r, found.runs.size(), found.runs[r].name});
    if (found.bundles[r].empty()) continue;
    const RunCost measured = measure_bundle(found.bundles[r]);
    found.runs[r].cost.score_microseconds = measured.score_microseconds;
    found.runs[r].cost.bundle_bytes = measured.bundle_bytes;
  }
  end_progress();
}

// curve.jsonl beside the evaluation: one line an epoch, with the figures of its validation.
nlohmann::json read_curves(const Comparison& comparison) {
  nlohmann::json curves = nlohmann::json::array();
  for (const ComparedRow& row : comparison.rows) {
    const fs::path path = fs::path(row.run.directory).parent_path() / "curve.jsonl";
    if (!fs::exists(path)) continue;
    nlohmann::json points = nlohmann::json::array();
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      auto point = nlohmann::json::parse(line, nullptr, false);
      if (!point.is_object() || !point.contains("validation")) continue;
      nlohmann::json figures = point["validation"];
      figures["epoch"] = point["epoch"];
      points.push_back(std::move(figures));
    }
    curves.push_back({{"name", row.run.name}, {"points", points}});
  }
  return curves;
}

std::string command_line(const CompareArguments& arguments) {
  std::string text = "kaskad compare";
  for (const std::string& run : arguments.runs) text += " " + run;
  if (!arguments.negatives.empty()) text += " --negatives " + arguments.negatives;
  if (!arguments.recipe.empty()) text += " --recipe " + arguments.recipe;
  for (const std::string& setting : arguments.settings) text += " --set " + setting;
  for (const std::string& list : arguments.lists) text += " --lists " + list;
  if (!arguments.dataset.empty()) {
    text += " --dataset " + arguments.dataset + " --split " + arguments.split;
  }
  return text + " --metric " + arguments.metric;
}

void print_table(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows = {
      {"", comparison.metric, "95% interval", "to the best", "95% interval", "", "us/request"}};
  const auto figure = [](double value, const char* form) {
    char text[32];
    std::snprintf(text, sizeof(text), form, value);
    return std::string(text);
  };
  const auto range = [&](const Interval& interval, const char* form) {
    return figure(interval.low, form) + " to " + figure(interval.high, form);
  };
  for (size_t r = 0; r < comparison.rows.size(); ++r) {
    const ComparedRow& row = comparison.rows[r];
    const Interval& value = row.run.evaluation.metric(comparison.metric).interval;
    const double micros = row.run.cost.score_microseconds;
    rows.push_back({row.run.name, figure(value.value, "%.4f"), range(value, "%.4f"),
                    r == 0 ? "" : figure(row.to_best.difference.value, "%+.4f"),
                    r == 0 ? "" : range(row.to_best.difference, "%+.4f"),
                    r == 0               ? "best"
                    : row.may_equal_best ? "may be as good"
                                         : "worse",
                    micros < 0 ? "" : figure(micros, "%.0f")});
  }
  std::cout << aligned(rows) << "\n" << comparison.verdict << std::endl;
}

// What --negatives trains comes behind the runs that are named.
std::vector<std::string> all_runs(const CompareArguments& arguments) {
  std::vector<std::string> runs = arguments.runs;
  if (!arguments.negatives.empty()) {
    if (arguments.dataset.empty()) throw Error("--negatives needs --dataset, to train on");
    const auto trained = train_negatives({arguments.negatives, arguments.dataset, arguments.split,
                                          arguments.recipe, arguments.settings});
    runs.insert(runs.end(), trained.begin(), trained.end());
  }
  if (runs.empty()) throw Error("found no runs to compare, expected their folders");
  return runs;
}

void run_compare(const CompareArguments& arguments) {
  FoundRuns found = find_runs(all_runs(arguments));
  for (const std::string& path : found.skipped) say("note: no evaluation in " + path);
  refuse_different_questions(found.runs);
  if (!arguments.no_timing) add_costs(found);
  if (!arguments.lists.empty() && arguments.dataset.empty()) {
    throw Error("--lists needs --dataset and --split: the questions that the lists answer");
  }
  if (!arguments.dataset.empty()) {
    const Questions questions(arguments.dataset, arguments.split);
    for (const std::string& list : arguments.lists) {
      found.runs.push_back(measure_lists(list, questions));
    }
    add_segments(found.runs, questions);
    add_baselines(found.runs, questions);
  }
  const Comparison comparison =
      compare_runs(std::move(found.runs), arguments.metric,
                   {.resamples = arguments.resamples, .seed = arguments.seed});
  nlohmann::json json = to_json(comparison);
  json["command"] = command_line(arguments);
  json["kaskad"] = KASKAD_VERSION;
  json["created"] = now_utc();
  json["curves"] = read_curves(comparison);
  if (!arguments.report.empty()) write_file(arguments.report, compare_page(json));
  if (arguments.json) {
    print_json(json);
  } else {
    print_table(comparison);
    if (!arguments.report.empty()) say("page " + arguments.report);
  }
}

}  // namespace

void add_compare(CLI::App& app) {
  const auto arguments = std::make_shared<CompareArguments>();
  CompareArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "compare", "Put finished runs of one split side by side, paired user by user");
  verb->footer(
      "Example:\n"
      "  kaskad compare runs/* --dataset ml1m --lists rectools=recs.csv --report compare.html\n"
      "  kaskad compare --negatives runs/negatives --dataset ml1m --set epochs=20\n"
      "Runs of different splits are refused. Imported lists have the columns user_id, item_id,\n"
      "and score or rank.");
  verb->add_option("runs", a.runs,
                   "Folders that grid, train, ensemble or eval wrote; NAME=FOLDER names one");
  verb->add_option("--lists", a.lists, "NAME=FILE of another program's recommendations");
  verb->add_option("--dataset", a.dataset, "For segments and --lists");
  verb->add_option("--split", a.split, "Of --dataset")->capture_default_str();
  CLI::Option* negatives = verb->add_option(
      "--negatives", a.negatives,
      "Folder: train one recipe with every kind of negatives there, and compare them too");
  verb->add_option("--recipe", a.recipe, "TOML file of --negatives (default: the model's own)")
      ->needs(negatives);
  verb->add_option("--set", a.settings, "key=value of the recipe of --negatives; repeat")
      ->needs(negatives)
      ->allow_extra_args(false);
  verb->add_option("--metric", a.metric, "What decides")->capture_default_str();
  verb->add_option("--report", a.report, "Page with plots; empty: none")->capture_default_str();
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "Seed of the bootstrap")->capture_default_str();
  verb->add_flag("--no-timing", a.no_timing, "Do not load the bundles to time a request");
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_compare(*arguments); });
}

}  // namespace kaskad::cli
