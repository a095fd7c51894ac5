// kaskad grid: which matrix wins on this log, by how much, and what the log rewards.
#include "kaskad/grid/grid.h"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/directory_lock.h"
#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/results.h"
#include "kaskad/report/grid_page.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

struct GridArguments {
  std::string dataset, output, space, budget, title_field, memory = "4G", runs = "runs";
  std::string split = "leave-one-out";
  size_t max_cases = 20'000, resamples = 1000;
  uint64_t seed = 1;
  int threads = 0;
  std::optional<int> refine;
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

// A space of one's own is tried as it stands; the built-in one and a random search are starting
// points.
int refinements(const GridArguments& arguments) {
  const bool as_it_stands = !arguments.space.empty() && arguments.budget.empty();
  return arguments.refine.value_or(as_it_stands ? 0 : SearchOptions{}.refinements);
}

GridOptions grid_options(const GridArguments& arguments) {
  GridOptions options;
  options.directory = arguments.output;
  options.space_toml = arguments.space;
  options.search.scorer.threads = arguments.threads > 0 ? arguments.threads : default_threads();
  options.search.scorer.memory = parse_bytes(arguments.memory);
  options.search.scorer.max_cases = arguments.max_cases;
  options.search.seed = arguments.seed;
  options.search.refinements = refinements(arguments);
  options.title_feature = arguments.title_field;
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

std::string command_line(const GridArguments& arguments) {
  std::string text = "kaskad grid " + arguments.dataset + " --split " + arguments.split + " -o " +
                     arguments.output;
  if (!arguments.space.empty()) text += " --space " + arguments.space;
  if (!arguments.budget.empty()) text += " --budget " + arguments.budget;
  if (arguments.refine) text += " --refine " + std::to_string(*arguments.refine);
  if (arguments.no_blend) text += " --no-blend";
  return text + " --seed " + std::to_string(arguments.seed);
}

void write_files(const GridArguments& arguments, const GridResult& result,
                 const nlohmann::json& grid) {
  write_grid_files(arguments.output, result, grid);
  write_file(arguments.output + "/report.html", grid_page(grid));
  nlohmann::json line = to_json(result.test);
  line["command"] = "grid";
  line["time"] = grid["created"];
  line["config"] = grid["winner"]["config"];
  line["values"] = arguments.output + "/test";
  append_result(arguments.runs + "/results.jsonl", line);
}

void print_leaders(const GridResult& result) {
  const auto line = [](double ndcg, double hit_rate, const std::string& name) {
    char figures[64];
    std::snprintf(figures, sizeof(figures), "  %.4f    %.4f  ", ndcg, hit_rate);
    std::cout << figures << name << "\n";
  };
  std::cout << "  ndcg@10   hr@10\n";
  for (size_t l = 0; l < std::min<size_t>(10, result.search.leaders.size()); ++l) {
    const VariantScore& score = result.search.leaders[l];
    line(score.ndcg, score.hit_rate, score.variant.name());
  }
  for (const BaselineResult& baseline : result.baselines) {
    line(baseline.validation_ndcg, baseline.validation_hit_rate, baseline.name);
  }
  if (!result.blend) return;
  line(result.blend->ndcg, result.blend->hit_rate,
       "blend of " + std::to_string(result.blend->blend.parts.size()) +
           " parts, cross-fitted; gain " + (result.blend_won ? "excludes" : "includes") + " 0");
}

// "+0.0156 (95% interval -0.0176 to +0.0488)"
std::string with_interval(const Interval& interval) {
  char text[96];
  std::snprintf(text, sizeof(text), "%+.4f (95%% interval %+.4f to %+.4f)", interval.value,
                interval.low, interval.high);
  return text;
}

// What the winner is worth: against the best that needs no model.
void print_verdict(const GridResult& result) {
  const BaselineResult& strongest = result.strongest_baseline();
  const Interval& gain = strongest.winner_gain;
  char figures[96];
  std::snprintf(figures, sizeof(figures), "ndcg@10 %.4f, ",
                result.test.metric("ndcg@10").interval.value);
  std::cout << figures << with_interval(gain) << " against " << strongest.name
            << ", the strongest baseline";
  if (gain.low <= 0) {
    std::cout << (gain.high < 0 ? ": it loses to that baseline"
                                : ": it cannot be told apart from that baseline");
  }
  std::cout << "\n\n";
}

// One window is fragile; a winner that leads in one of three shows here.
void print_windows(const Split& split, const GridResult& result) {
  if (split.validations.size() < 2) return;
  std::cout << "\nndcg@10 by validation window\n";
  const auto line = [](const std::vector<double>& windows, const std::string& name) {
    std::cout << "  ";
    for (const double ndcg : windows) {
      char figure[16];
      std::snprintf(figure, sizeof(figure), "%.4f  ", ndcg);
      std::cout << figure;
    }
    std::cout << name << "\n";
  };
  line(result.winner_by_window(), "winner");
  for (const BaselineResult& baseline : result.baselines) line(baseline.window_ndcg, baseline.name);
}

// The knobs that move the figures most when they alone are turned.
void print_effects(const GridResult& result) {
  constexpr size_t kMost = 6, kMostValues = 4;
  std::cout << "\nWhat single knobs are worth (ndcg@10 on validation, paired, turned at "
            << result.search.centre.name() << ")\n";
  size_t shown = 0;
  for (const KnobEffects& knob : result.effects) {
    std::vector<KnobEffect> steps;
    std::string own;
    for (const KnobEffect& value : knob.values) {
      if (value.at_centre) own = value.value;
      if (value.paired && !value.at_centre) steps.push_back(value);
    }
    if (steps.empty() || shown++ == kMost) continue;
    std::stable_sort(steps.begin(), steps.end(), [](const KnobEffect& a, const KnobEffect& b) {
      return a.paired->value > b.paired->value;
    });
    // The best and the worst steps; those between say little.
    if (steps.size() > kMostValues) {
      steps.erase(steps.begin() + kMostValues / 2, steps.end() - kMostValues / 2);
    }
    std::cout << "  " << knob.knob << (own.empty() ? "" : " (" + own + ")") << "\n";
    for (const KnobEffect& step : steps) {
      std::cout << "    " << step.value << "  " << with_interval(*step.paired) << "\n";
    }
  }
  if (shown == 0) std::cout << "  no single steps were tried; --refine tries them\n";
}

// What was scored now and what was there already.
std::string counted(const SearchResult& search) {
  const size_t count = search.leaders.size();
  std::string all = std::to_string(count) + (count == 1 ? " variant" : " variants");
  if (search.finished) return all + ", all from the earlier run,";
  if (search.resumed == 0) return all;
  return all + ", " + std::to_string(search.resumed) + " from an earlier run,";
}

void print_table(const GridArguments& arguments, const Split& split, const GridResult& result) {
  char seconds[96];
  std::snprintf(seconds, sizeof(seconds), "%.0f s (search %.0f s)", result.seconds,
                result.search.seconds);
  std::cout << arguments.dataset << ", " << split.options.to_string();
  if (const std::string cuts = describe_cuts(split); !cuts.empty()) std::cout << ": " << cuts;
  std::cout << "\n" << counted(result.search) << " in " << seconds << "; best on validation:\n\n";
  print_leaders(result);
  print_windows(split, result);
  std::cout << "\nWinner on test: " << (result.blend_won ? "the blend" : result.winner.name())
            << "\n";
  print_verdict(result);
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
  std::cout << metric_table(columns) << "\n" << segment_table(result.segments);
  print_effects(result);
  std::cout << "\nAdvice\n";
  for (const Advice& advice : result.advice) {
    std::cout << "  " << advice.topic;
    if (advice.verdict != "unknown") std::cout << ", " << advice.verdict;
    std::cout << ": " << advice.advice << "\n    " << advice.evidence << "\n";
  }
  std::cout << "\nbundle " << arguments.output << "/winner, page " << arguments.output
            << "/report.html, recipe " << arguments.output << "/recipe.toml\n";
  if (!arguments.whole_log) {
    std::cout << "The bundle has learned up to the test only; --whole-log also leaves "
              << arguments.output << "/production, which has learned everything.\n";
  }
  std::cout << std::flush;
}

// Before the figures, and in --json mode too.
void say_what_was_continued(const SearchResult& search) {
  if (search.finished) {
    say("finished before: all " + std::to_string(search.resumed) +
        " variants taken over, none tried anew; --fresh starts over");
  } else if (search.resumed > 0) {
    say("continued: " + std::to_string(search.resumed) + " variants taken over");
  }
}

void run_grid(const GridArguments& arguments) {
  keep_freed_memory();  // counts are freed and made again all the time
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  for (const std::string& warning : split.warnings) say("warning: " + warning);
  const DirectoryLock lock(arguments.output);  // two grids would mix their journals
  if (arguments.fresh) remove_earlier_run(arguments.output);
  const GridOptions options = grid_options(arguments);
  const GridResult result = run_grid(dataset, split, options, console_progress());
  end_progress();
  say_what_was_continued(result.search);
  nlohmann::json grid = grid_json(result, dataset, split, options, command_line(arguments));
  grid["kaskad"] = KASKAD_VERSION;
  grid["created"] = now_utc();
  grid["peak_memory_bytes"] = peak_memory();
  write_files(arguments, result, grid);
  if (arguments.json) {
    print_json(grid);
  } else {
    print_table(arguments, split, result);
  }
}

}  // namespace

void add_grid(CLI::App& app) {
  const auto arguments = std::make_shared<GridArguments>();
  GridArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "grid",
      "Try hundreds of co-occurrence matrices, name the winner and say what the log rewards");
  verb->footer(
      "Example:\n"
      "  kaskad grid ml1m --split leave-one-out -o runs/grid\n"
      "A stopped run continues when it is called again with the same output; a finished one gives "
      "its result again.");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("-o,--output", a.output, "Directory for the bundle, the page and the journal")
      ->required();
  verb->add_option("--split", a.split,
                   "leave-one-out, leave-last-n:3, global-time:0.1, global-time:2000-12-01, "
                   "global-time:last-7d, user-holdout:0.1")
      ->capture_default_str();
  verb->add_option("--space", a.space, "TOML file with [[product]] tables (default: built in)");
  verb->add_option("--budget", a.budget,
                   "Search at random instead, by successive halving and then single steps, for "
                   "this long (10m) in all; the baselines, the blend and the test come on top");
  verb->add_option("--refine", a.refine,
                   "Rounds of single-knob steps from the best variant, which may leave the space "
                   "(default: 3; with --space 0)")
      ->check(CLI::Range(0, 100));
  verb->add_option("--title-field", a.title_field,
                   "Item feature that people know the items by (default: title, name, "
                   "movie_title, product_name, ... if any)");
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
  verb->callback([arguments] { run_grid(*arguments); });
}

}  // namespace kaskad::cli
