// kaskad grid: which matrix wins on this log, by how much, and what the log rewards.
#include "kaskad/grid/grid.h"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/results.h"
#include "kaskad/report/grid_page.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string dataset, output, space, budget, memory = "4G", runs = "runs";
  std::string split = "leave-one-out";
  size_t max_cases = 20'000, resamples = 1000;
  uint64_t seed = 1;
  int threads = 0;
  bool no_blend = false, whole_log = false, fresh = false, json = false;
};

// "90s", "10m", "2h" -> seconds.
double parse_duration(const std::string& text) {
  size_t used = 0;
  double number = 0;
  try {
    number = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const std::string unit = text.substr(used);
  const double scale = unit == "h" ? 3600 : unit == "m" ? 60 : unit == "s" || unit.empty() ? 1 : 0;
  if (used == 0 || scale == 0 || !(number > 0)) {
    throw Error("--budget: found '" + text + "', expected a time such as 90s, 10m or 2h");
  }
  return number * scale;
}

GridOptions grid_options(const Arguments& arguments) {
  GridOptions options;
  options.directory = arguments.output;
  options.space_toml = arguments.space;
  options.search.scorer.threads = arguments.threads > 0 ? arguments.threads : default_threads();
  options.search.scorer.memory = parse_bytes(arguments.memory);
  options.search.scorer.max_cases = arguments.max_cases;
  options.search.seed = arguments.seed;
  if (!arguments.budget.empty()) options.search.budget_seconds = parse_duration(arguments.budget);
  options.blend = !arguments.no_blend;
  options.whole_log = arguments.whole_log;
  options.bootstrap = {.resamples = arguments.resamples,
                       .seed = arguments.seed,
                       .threads = options.search.scorer.threads};
  return options;
}

// Only what a grid writes; a user's own files in that folder stay.
void remove_earlier_run(const std::string& directory) {
  for (const char* name : {"variants.jsonl", "cases.f32", "winner", "production", "grid.json",
                           "report.html", "advice.json", "recipe.toml", "test", "baselines"}) {
    fs::remove_all(directory + "/" + name);
  }
}

std::string command_line(const Arguments& arguments) {
  std::string text = "kaskad grid " + arguments.dataset + " --split " + arguments.split + " -o " +
                     arguments.output;
  if (!arguments.space.empty()) text += " --space " + arguments.space;
  if (!arguments.budget.empty()) text += " --budget " + arguments.budget;
  if (arguments.no_blend) text += " --no-blend";
  return text + " --seed " + std::to_string(arguments.seed);
}

void write_files(const Arguments& arguments, const GridResult& result, const nlohmann::json& grid) {
  const std::string directory = arguments.output + "/";
  write_file(directory + "grid.json", grid.dump(1));
  write_file(directory + "report.html", grid_page(grid));
  write_file(directory + "advice.json", grid["advice"].dump(1));
  write_file(directory + "recipe.toml",
             starting_recipe(result.advice, result.search.leaders.front(), result.facts));
  save_evaluation(directory + "test", result.test);
  for (const BaselineResult& baseline : result.baselines) {
    save_evaluation(directory + "baselines/" + baseline.name, baseline.test);
  }
  nlohmann::json line = to_json(result.test);
  line["command"] = "grid";
  line["time"] = grid["created"];
  line["config"] = grid["winner"]["config"];
  line["values"] = directory + "test";
  append_result(arguments.runs + "/results.jsonl", line);
}

void print_table(const Arguments& arguments, const GridResult& result) {
  char line[256];
  std::cout << result.search.leaders.size() << " variants in "
            << static_cast<int>(result.seconds + 0.5) << " s; best on validation:\n\n"
            << "  ndcg@10   hr@10\n";
  for (size_t l = 0; l < std::min<size_t>(10, result.search.leaders.size()); ++l) {
    const VariantScore& score = result.search.leaders[l];
    std::snprintf(line, sizeof(line), "  %.4f    %.4f  ", score.ndcg, score.hit_rate);
    std::cout << line << score.variant.name() << "\n";
  }
  for (const BaselineResult& baseline : result.baselines) {
    std::snprintf(line, sizeof(line), "  %.4f    %.4f  ", baseline.validation_ndcg,
                  baseline.validation_hit_rate);
    std::cout << line << baseline.name << "\n";
  }
  if (result.blend) {
    std::snprintf(line, sizeof(line), "  %.4f    %.4f  ", result.blend->ndcg,
                  result.blend->hit_rate);
    std::cout << line << "blend of " << result.blend->blend.parts.size()
              << " parts, cross-fitted; gain " << (result.blend_won ? "excludes" : "includes")
              << " 0\n";
  }
  std::cout << "\nWinner on test: " << (result.blend_won ? "the blend" : result.winner.name())
            << "\n\n";
  std::vector<Evaluation> columns = {result.test};
  columns[0].model = "winner";
  if (result.single_test) {
    columns.push_back(*result.single_test);
    columns.back().model = "best single";
  }
  for (const BaselineResult& baseline : result.baselines) {
    columns.push_back(baseline.test);
    columns.back().model = baseline.name;
  }
  std::cout << metric_table(columns) << "\n" << segment_table(result.segments) << "\nAdvice\n";
  for (const Advice& advice : result.advice) {
    std::cout << "  " << advice.topic;
    if (advice.verdict != "unknown") std::cout << " " << advice.verdict;
    std::cout << ": " << advice.advice << "\n    " << advice.evidence << "\n";
  }
  std::cout << "\nbundle " << arguments.output << "/winner, page " << arguments.output
            << "/report.html, recipe " << arguments.output << "/recipe.toml" << std::endl;
}

void run(const Arguments& arguments) {
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  for (const std::string& warning : split.warnings) say("warning: " + warning);
  if (arguments.fresh) remove_earlier_run(arguments.output);
  const GridOptions options = grid_options(arguments);
  const GridResult result = run_grid(dataset, split, options, console_progress());
  end_progress();
  nlohmann::json grid = grid_json(result, dataset, split, options, command_line(arguments));
  grid["kaskad"] = KASKAD_VERSION;
  grid["created"] = now_utc();
  grid["peak_memory_bytes"] = peak_memory();
  write_files(arguments, result, grid);
  if (arguments.json) {
    print_json(grid);
  } else {
    print_table(arguments, result);
  }
}

}  // namespace

void add_grid(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "grid",
      "Try hundreds of co-occurrence matrices, name the winner and say what the log rewards");
  verb->footer(
      "Example:\n"
      "  kaskad grid ml1m --split leave-one-out -o runs/grid\n"
      "A stopped run continues when it is called again with the same output.");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("-o,--output", a.output, "Directory for the bundle, the page and the journal")
      ->required();
  verb->add_option("--split", a.split,
                   "leave-one-out, leave-last-n:3, global-time:0.1, global-time:2000-12-01, "
                   "global-time:last-7d, user-holdout:0.1")
      ->capture_default_str();
  verb->add_option("--space", a.space, "TOML file with [[product]] tables (default: built in)");
  verb->add_option("--budget", a.budget,
                   "Search at random by successive halving for this long (10m) instead");
  verb->add_option("--memory", a.memory, "For counts and matrices")->capture_default_str();
  verb->add_option("--max-cases", a.max_cases,
                   "Validation cases a window that variants are compared on; 0: all")
      ->capture_default_str();
  verb->add_option("--threads", a.threads, "0: all")->capture_default_str();
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "Of the bootstrap and of the random search")
      ->capture_default_str();
  verb->add_option("--runs", a.runs, "Where results.jsonl goes")->capture_default_str();
  verb->add_flag("--no-blend", a.no_blend, "Do not try a blend of the best variants");
  verb->add_flag("--whole-log", a.whole_log,
                 "Also write the bundle `production`, fitted on the test events too");
  verb->add_flag("--fresh", a.fresh, "Start over instead of continuing an earlier run");
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace kaskad::cli
