// kaskad eval: a bundle, a baseline or a file of lists put to the questions of a split.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/dataset/describe.h"
#include "kaskad/eval/bundle_check.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/recommendations.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/segments.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad::cli {
namespace {

struct EvalArguments {
  std::string dataset, bundle, baseline, recommendations;
  std::string split = "leave-one-out", phase = "test";
  std::string metrics, profile = "kaskad", ties;
  std::string runs = "runs";
  size_t resamples = 1000;
  uint64_t seed = 1;
  int threads = 0;
  bool keep_seen = false, segments = true, no_baselines = false, no_record = false;
  bool force = false, json = false;
};

const Phase& find_phase(const Split& split, const std::string& name) {
  if (name == split.test.name) return split.test;
  std::string known = split.test.name;
  for (const Phase& phase : split.validations) {
    if (name == phase.name) return phase;
    known += ", " + phase.name;
  }
  throw Error("phase '" + name + "' is unknown; the split has " + known);
}

// One run of the command: what is asked, and what everybody answered.
class EvalRun {
 public:
  explicit EvalRun(const EvalArguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        split_(make_split(dataset_, SplitOptions::parse(arguments.split))),
        phase_(find_phase(split_, arguments.phase)),
        catalogue_(dataset_, phase_),
        progress_(console_progress()) {
    options_.profile = parse_profile(arguments.profile);
    options_.metrics = arguments.metrics.empty()
                           ? default_metrics(options_.profile, !catalogue_.distance.empty())
                           : parse_metrics(arguments.metrics, options_.profile);
    options_.ties =
        arguments.ties.empty() ? tie_rule_of(options_.profile) : parse_tie_rule(arguments.ties);
    options_.exclude_seen = !arguments.keep_seen;
    options_.threads = arguments.threads;
    options_.bootstrap = {.resamples = arguments.resamples, .seed = arguments.seed};
    rank_options_ = {.k = longest_k(options_.metrics),
                     .ties = options_.ties,
                     .exclude_seen = options_.exclude_seen,
                     .threads = options_.threads};
    for (const std::string& warning : split_.warnings) warn(warning);
  }

  void ask() {
    if (!arguments_.bundle.empty()) ask_bundle();
    if (!arguments_.recommendations.empty()) ask_lists();
    if (!arguments_.baseline.empty()) ask_popularity(arguments_.baseline);
    if (arguments_.no_baselines) return;
    for (const char* name : {"popularity", "popularity-window"}) ask_popularity(name);
  }

  void print() const {
    std::cout << arguments_.dataset << ", " << split_.options.to_string() << ", " << phase_.name
              << ": " << evaluations_[0].users.size() << " cases, " << evaluations_[0].num_targets
              << " targets";
    if (evaluations_[0].dropped_targets > 0) {
      std::cout << " (" << evaluations_[0].dropped_targets
                << " more were in the history already and are not asked)";
    }
    if (phase_.cut) std::cout << ", asked from " << iso_time(*phase_.cut);
    std::cout << "\n\n" << metric_table(evaluations_);
    const std::string differences = difference_table(evaluations_, options_.bootstrap);
    if (!differences.empty()) std::cout << "\n" << differences;
    if (segments_) std::cout << "\n" << segment_table(*segments_);
    std::cout << std::flush;
  }

  nlohmann::json result() const {
    nlohmann::json out = to_json(evaluations_[0]);
    out["dataset"] = arguments_.dataset;
    out["item_features_hash"] = dataset_.item_features_hash();
    out["phases"] = phases_json(split_);
    out["warnings"] = warnings_;
    if (segments_) out["segments"] = to_json(*segments_);
    nlohmann::json others = nlohmann::json::array();
    for (size_t i = 1; i < evaluations_.size(); ++i) others.push_back(against(evaluations_[i]));
    out["baselines"] = others;
    return out;
  }

  // The line in results.jsonl and the values of the cases.
  void record(nlohmann::json result) const {
    std::string stamp = now_utc();
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    const std::string values = arguments_.runs + "/eval/" + stamp + "-" + std::to_string(getpid());
    save_evaluation(values, evaluations_[0]);
    result["command"] = "eval";
    result["time"] = stamp;
    result["values"] = values;
    append_result(arguments_.runs + "/results.jsonl", result);
  }

 private:
  void warn(const std::string& text) {
    say("warning: " + text);
    warnings_.push_back(text);
  }

  void add(const RankedCases& ranked) {
    evaluations_.push_back(measure(ranked, catalogue_, split_, phase_, dataset_, options_));
    if (evaluations_.size() == 1 && arguments_.segments) {
      segments_ = make_segments(evaluations_[0], ranked, catalogue_, dataset_);
    }
  }

  void ask_bundle() {
    const Bundle bundle = load_bundle(arguments_.bundle);
    const BundleCheck check = check_bundle(bundle, dataset_, split_, phase_);
    for (const std::string& warning : check.warnings) warn(warning);
    if (!check.refusal.empty()) {
      if (!arguments_.force) throw Error(check.refusal + "; --force evaluates it all the same");
      warn(check.refusal);
    }
    add(rank_cases(*bundle.retriever, dataset_, phase_, rank_options_, progress_));
  }

  void ask_lists() {
    const ListFile file =
        rank_list_file(arguments_.recommendations, dataset_, phase_, rank_options_);
    const auto count = [&](size_t number, const std::string& what) {
      if (number > 0) warn(std::to_string(number) + " " + what);
    };
    count(file.unknown_users, "rows of users that the dataset lacks were left out");
    count(file.unknown_items, "rows of items that the dataset lacks hold their place as misses");
    count(file.cases_without_list, "cases have no list and count as misses");
    add(file.ranked);
  }

  // Each baseline once, whoever asks for it.
  void ask_popularity(const std::string& name) {
    const auto options = PopularityOptions::parse(name, dataset_.time_kind(), split_.options.kind);
    for (const Evaluation& done : evaluations_) {
      if (done.model == options.to_string()) return;
    }
    const auto model = PopularityRetriever::fit(dataset_, phase_, options);
    RankedCases ranked = rank_cases(*model, dataset_, phase_, rank_options_, progress_);
    ranked.model = options.to_string();
    add(ranked);
  }

  // Another model's metrics, and what the first one gains on it case by case.
  nlohmann::json against(const Evaluation& other) const {
    nlohmann::json out = {{"model", other.model}, {"metrics", to_json(other)["metrics"]}};
    for (const std::string& name : evaluations_[0].value_columns) {
      const auto paired = compare(evaluations_[0], other, name, options_.bootstrap);
      out["difference"][name] = to_json(paired.difference);
      out["difference"][name]["share_above"] = paired.share_above;
    }
    return out;
  }

  const EvalArguments& arguments_;
  Dataset dataset_;
  Split split_;
  const Phase& phase_;
  Catalogue catalogue_;
  Progress progress_;
  EvalOptions options_;
  RankOptions rank_options_;
  std::vector<std::string> warnings_;
  std::vector<Evaluation> evaluations_;    // the asked ones, then baselines
  std::optional<SegmentReport> segments_;  // of the first
};

void run_eval(const EvalArguments& arguments) {
  if (arguments.bundle.empty() && arguments.recommendations.empty() && arguments.baseline.empty()) {
    throw Error("nothing to evaluate: give --bundle, --recommendations or --baseline");
  }
  const auto start = std::chrono::steady_clock::now();
  EvalRun work(arguments);
  work.ask();
  nlohmann::json result = work.result();
  result["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!arguments.no_record) work.record(result);
  end_progress();
  if (arguments.json) {
    print_json(result);
  } else {
    work.print();
  }
}

}  // namespace

void add_eval(CLI::App& app) {
  const auto arguments = std::make_shared<EvalArguments>();
  EvalArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "eval", "Measure a bundle, a baseline or a file of recommendations on a split");
  verb->footer(
      "Examples:\n"
      "  kaskad eval ml1m --bundle runs/grid/winner --split leave-one-out\n"
      "  kaskad eval ml1m --recommendations theirs.csv --profile rectools");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("--bundle", a.bundle, "Bundle to evaluate");
  verb->add_option("--recommendations", a.recommendations,
                   "Lists to evaluate: columns user_id, item_id, and rank or score");
  verb->add_option("--baseline", a.baseline, "popularity, popularity-window:7d or :0.1");
  verb->add_option("--split", a.split,
                   "leave-one-out, leave-last-n:3, global-time:0.1, global-time:2000-12-01, "
                   "global-time:last-7d, user-holdout:0.1")
      ->capture_default_str();
  verb->add_option("--phase", a.phase, "test, validation, validation-2, ...")
      ->capture_default_str();
  verb->add_option("--metrics", a.metrics, "As in ndcg@10,hit_rate@5 (default: all at 10)");
  verb->add_option("--profile", a.profile, "Whose definitions: kaskad, rectools, recbole, implicit")
      ->capture_default_str();
  verb->add_option("--ties", a.ties,
                   "Rank among items of equal score: middle, against, listed (default: middle, or "
                   "listed as the library of the profile sees it)");
  verb->add_flag("--keep-seen", a.keep_seen, "Ask and recommend items of the history too");
  verb->add_flag_callback(
      "--no-segments", [&a] { a.segments = false; },
      "Leave out the tables by history length, popularity of the target and time since the last "
      "event");
  verb->add_flag("--no-baselines", a.no_baselines, "Leave the popularity baselines out");
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "Seed of the bootstrap")->capture_default_str();
  verb->add_option("--threads", a.threads, "0: all")->capture_default_str();
  verb->add_option("--runs", a.runs, "Where results.jsonl and the values of the cases go")
      ->capture_default_str();
  verb->add_flag("--no-record", a.no_record, "Write nothing to the runs folder");
  verb->add_flag("--force", a.force, "Evaluate a bundle that may have learned the answers");
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_eval(*arguments); });
}

}  // namespace kaskad::cli
