// kaskad eval-ranker: rankers on the same stored lists, with paired differences.
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/ranker_details.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/run_directories.h"
#include "kaskad/eval/verdict_text.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/list_comparison.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_segments.h"
#include "kaskad/ranking/reliability.h"
#include "kaskad/ranking/retriever_ranker.h"
#include "kaskad/ranking/simple_rankers.h"
#include "kaskad/report/ranker_page.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct EvalRankerArguments {
  std::string dataset, lists, part = "test", runs = "runs", report, picture;
  std::vector<std::string> rankers, retrievers, heads, benches;
  size_t resamples = 1000;
  uint64_t seed = 1;
  int threads = 0;
  bool no_record = false, json = false;
};

std::string with_interval(const Interval& interval, bool sign) {
  return (sign && interval.value >= 0 ? "+" : "") + verdict_figure(interval.value) + " [" +
         (sign && interval.low >= 0 ? "+" : "") + verdict_figure(interval.low) + ", " +
         (sign && interval.high >= 0 ? "+" : "") + verdict_figure(interval.high) + "]";
}

class EvalRankerRun {
 public:
  explicit EvalRankerRun(const EvalRankerArguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        lists_(Impressions::open(arguments.lists + "/" + arguments.part)),
        progress_(console_progress(arguments.json)) {
    check_dataset(lists_, dataset_);
    options_.heads = arguments.heads;
    options_.threads = arguments.threads;
    options_.bootstrap = {.resamples = arguments.resamples, .seed = arguments.seed};
    facts_ = describe_lists(lists_, options_.heads);
    if (facts_.asked == 0) {
      throw data_error(lists_.directory(), 0, "", "no list with a relevant item", "some to rank");
    }
  }

  // The rankers that were asked for, then the two that every table has.
  void ask() {
    for (const std::string& given : arguments_.rankers) ask_bundle(given);
    for (const std::string& given : arguments_.retrievers) ask_retriever(given);
    const auto counters = ItemCounters::build(dataset_, lists_.known_end());
    ask(RetrievalOrder(dataset_.num_items()), "retrieval order");
    ask(PopularityRanker(counters, false), "popularity");
    if (!counters->decay_days().empty()) {
      ask(PopularityRanker(counters, true), "popularity, decayed");
    }
    refuse_equal_names();
    comparison_ = compare_lists(evaluations_, options_.bootstrap);
    find_segments();
  }

  void print() const {
    std::cout << arguments_.lists << ", " << lists_.facts().split << ", " << lists_.facts().part
              << ": " << facts_.asked << " lists asked, " << facts_.retrieved << " of "
              << facts_.relevant << " relevant items among the candidates\n\n";
    print_table();
    for (const MetricResult& metric : evaluations_[0].metrics) {
      std::cout << "\n" << metric.name << ": " << metric.definition;
    }
    std::cout << "\n\n" << comparison_.verdict << "\n";
    print_heads();
    print_segments();
    print_calibrations();
    std::cout << std::flush;
  }

  json result() const {
    json out = {{"command", "eval-ranker"},
                {"dataset", arguments_.dataset},
                {"dataset_hash", dataset_.hash()},
                {"lists", arguments_.lists},
                {"part", lists_.facts().part},
                {"split", lists_.facts().split},
                {"split_hash", lists_.facts().split_hash},
                {"impressions_hash", lists_.hash()},
                {"full_catalogue", lists_.facts().full_catalogue},
                {"facts", to_json(facts_)},
                {"bootstrap", {{"resamples", arguments_.resamples}, {"seed", arguments_.seed}}},
                {"time", now_utc()}};
    out["metric"] = evaluations_[0].metrics[0].name;
    out["verdict"] = comparison_.verdict;
    if (!segments_.empty()) out["segments"] = to_json(segments_, evaluations_, options_.bootstrap);
    for (size_t e = 0; e < evaluations_.size(); ++e) {
      json one = to_json(evaluations_[e]);
      one["to_best"] = to_json(comparison_.to_best[e].difference);
      one["may_equal_best"] = static_cast<bool>(comparison_.may_equal_best[e]);
      if (!calibrations_[e].empty()) one["calibration"] = calibrations_[e];
      for (size_t m = 0; e > 0 && m < one["metrics"].size(); ++m) {
        const auto difference = paired(evaluations_[0], evaluations_[e], m, options_.bootstrap);
        json& to = one["first_minus_this"][evaluations_[0].metrics[m].name];
        to = to_json(difference.difference);
        to["share_above"] = difference.share_above;
      }
      out["rankers"].push_back(one);
    }
    return out;
  }

  // What the page shows beside the figures: how the rankers were made, and what they cost.
  void add_details(json& result) const {
    for (size_t e = 0; e < evaluations_.size(); ++e) {
      const json details = ranker_details(folders_[e]);
      result["rankers"][e].update(details);
    }
    for (const std::string& file : arguments_.benches) {
      for (json& point : timings_of(file, folders_, evaluations_)) {
        result["latency"].push_back(std::move(point));
      }
    }
    result["command_line"] = command_line();
    result["kaskad"] = KASKAD_VERSION;
  }

 private:
  // `folder` is where the ranker lies; empty: nowhere.
  void ask(const Ranker& ranker, const std::string& name, const std::string& folder = "") {
    evaluations_.push_back(evaluate_lists(ranker, name, dataset_, lists_, options_, progress_));
    folders_.push_back(folder);
    calibrations_.push_back(json::array());
  }

  std::string command_line() const {
    std::string text = "kaskad eval-ranker " + arguments_.dataset + " " + arguments_.lists;
    if (arguments_.part != "test") text += " --part " + arguments_.part;
    for (const std::string& ranker : arguments_.rankers) text += " --ranker " + ranker;
    for (const std::string& retriever : arguments_.retrievers) text += " --retriever " + retriever;
    for (const std::string& bench : arguments_.benches) text += " --bench " + bench;
    return text;
  }

  void refuse_equal_names() const {
    for (size_t a = 0; a < evaluations_.size(); ++a) {
      for (size_t b = a + 1; b < evaluations_.size(); ++b) {
        if (evaluations_[a].ranker != evaluations_[b].ranker) continue;
        throw Error("two rankers are called '" + evaluations_[a].ranker +
                    "'; name one of them with NAME=DIRECTORY");
      }
    }
  }

  // "NAME=DIRECTORY" or a directory, which is called as its folder.
  void ask_bundle(const std::string& given) {
    const NamedRun named = parse_named_run(given);
    const RankerBundle bundle = load_ranker_bundle(named.path);
    if (bundle.items.hash() != dataset_.items().hash()) {
      throw Error("ranker '" + named.path + "' was made for other items than those of '" +
                  arguments_.dataset + "'");
    }
    if (bundle.split_hash != lists_.facts().split_hash) {
      say("warning: ranker '" + named.path + "' learned another split (hash " + bundle.split_hash +
          ") than the lists are of (" + lists_.facts().split_hash + "): it may know the answers");
    }
    ask(*bundle.ranker, named.name, named.path);
    if (bundle.calibration) calibrations_.back() = reliability_of(bundle);
  }

  // A head each: how far its probabilities can be believed on these lists.
  json reliability_of(const RankerBundle& bundle) const {
    return measure_calibration(*bundle.ranker, *bundle.calibration, dataset_, lists_,
                               arguments_.threads, progress_);
  }

  void ask_retriever(const std::string& given) {
    const NamedRun named = parse_named_run(given);
    const Bundle bundle = load_bundle(named.path);
    check_retriever(bundle, dataset_, lists_);
    ask(RetrieverRanker(*bundle.retriever, dataset_), named.name);
  }

  // As far as the training lists lie beside those that are measured.
  void find_segments() {
    const std::string train = arguments_.lists + "/train";
    if (!fs::exists(train + "/manifest.json")) return;
    segments_ = list_segments(lists_, Impressions::open(train), options_.heads);
  }

  void print_segments() const {
    if (segments_.empty()) return;
    std::vector<std::vector<std::string>> rows = {{"part", "lists", "ranker", "ndcg@10", "hits@3"}};
    for (const ListSegment& segment : segments_) {
      for (const ListEvaluation& evaluation : evaluations_) {
        std::vector<std::string> row = {segment.name + " " + segment.group,
                                        std::to_string(segment.lists.size()), evaluation.ranker};
        for (const auto& metric : measure_segment(evaluation, segment, options_.bootstrap)) {
          if (metric.name != rows[0][3] && metric.name != rows[0][4]) continue;
          row.push_back(with_interval(metric.interval, false));
        }
        rows.push_back(row);
      }
    }
    std::cout << "\nWhere the figures come from\n" << aligned(rows);
  }

  // A head at a time, where there are several.
  void print_heads() const {
    if (evaluations_[0].heads.empty()) return;
    const auto cell = [](const std::vector<MetricResult>& metrics, size_t metric) {
      return metrics.empty() ? std::string("-") : with_interval(metrics[metric].interval, false);
    };
    std::vector<std::vector<std::string>> rows = {{"labels of", "lists", "ranker",
                                                   "ndcg@10 of its own head", "of its final score",
                                                   "mrr of its own head", "of its final score"}};
    for (size_t h = 0; h < evaluations_[0].heads.size(); ++h) {
      for (const ListEvaluation& evaluation : evaluations_) {
        const HeadEvaluation& head = evaluation.heads[h];
        rows.push_back({head.head, std::to_string(head.asked), evaluation.ranker,
                        cell(head.by_own, 0), cell(head.by_final, 0), cell(head.by_own, 1),
                        cell(head.by_final, 1)});
      }
    }
    std::cout << "\nHead by head\n" << aligned(rows);
  }

  void print_calibrations() const {
    for (size_t e = 0; e < evaluations_.size(); ++e) {
      for (const json& head : calibrations_[e]) {
        std::cout << "\n"
                  << evaluations_[e].ranker << ", probability of "
                  << head["head"].get<std::string>() << " (" << head["method"].get<std::string>()
                  << "): ece " << verdict_figure(head["ece"]) << " in " << head["bins"].size()
                  << " bins of equal mass, Brier " << verdict_figure(head["brier"])
                  << " (base rate " << verdict_figure(head["base_rate"])
                  << " alone: " << verdict_figure(head["brier_of_base_rate"]) << ")\n";
      }
    }
  }

  void print_table() const {
    std::vector<std::vector<std::string>> rows = {{""}};
    for (const MetricResult& metric : evaluations_[0].metrics) rows[0].push_back(metric.name);
    rows[0].push_back("ndcg@10: " + evaluations_[0].ranker + " minus this");
    for (size_t e = 0; e < evaluations_.size(); ++e) {
      std::vector<std::string> row = {evaluations_[e].ranker};
      for (const MetricResult& metric : evaluations_[e].metrics) {
        row.push_back(with_interval(metric.interval, false));
      }
      if (e > 0) {
        const auto gain = paired(evaluations_[0], evaluations_[e], 0, options_.bootstrap);
        row.push_back(with_interval(gain.difference, true));
      }
      rows.push_back(row);
    }
    std::cout << aligned(rows);
  }

  const EvalRankerArguments& arguments_;
  const Dataset dataset_;
  const Impressions lists_;
  const Progress progress_;
  ListEvalOptions options_;
  ListFacts facts_;
  std::vector<ListEvaluation> evaluations_;
  std::vector<std::string> folders_;  // (evaluations)
  std::vector<json> calibrations_;    // (evaluations): empty without a calibration
  ListComparison comparison_;
  std::vector<ListSegment> segments_;
};

void run_eval_ranker(const EvalRankerArguments& arguments) {
  EvalRankerRun work(arguments);
  work.ask();
  end_progress();
  json result = work.result();
  if (!arguments.no_record) append_result(arguments.runs + "/results.jsonl", result);
  work.add_details(result);
  if (!arguments.report.empty()) write_file(arguments.report, ranker_page(result));
  if (!arguments.picture.empty()) write_file(arguments.picture, latency_picture(result));
  if (arguments.json) return print_json(result);
  work.print();
  if (!arguments.report.empty()) say("page " + arguments.report);
}

}  // namespace

void add_eval_ranker(CLI::App& app) {
  const auto arguments = std::make_shared<EvalRankerArguments>();
  EvalRankerArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "eval-ranker", "Measure rankers on stored lists, against retrieval order and popularity");
  verb->footer(
      "Examples:\n"
      "  kaskad eval-ranker ml1m lists --ranker runs/gbdt --ranker plain=runs/gbdt-plain\n"
      "  kaskad eval-ranker ml1m lists --ranker runs/gbdt --retriever runs/sasrec/bundle \\\n"
      "    --report rankers.html");
  verb->add_option("dataset", a.dataset, "Dataset of the lists")->required();
  verb->add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  verb->add_option("--ranker", a.rankers,
                   "What `kaskad train-ranker` wrote; NAME=DIRECTORY names one. May be repeated");
  verb->add_option("--retriever", a.retrievers,
                   "Bundle of a retriever, whose own scores rank the lists; NAME=DIRECTORY names "
                   "one. May be repeated");
  verb->add_option("--report", a.report, "Also write a page with plots to this file");
  CLI::Option* bench = verb->add_option(
      "--bench", a.benches,
      "What `kaskad bench rank --json` printed of these rankers: the page then shows time beside "
      "quality. May be repeated");
  verb->add_option("--picture", a.picture, "Write that plot alone to this file (.svg)")
      ->needs(bench);
  verb->add_option("--part", a.part, "test or validation")->capture_default_str();
  verb->add_option("--heads", a.heads, "Whose labels are relevant (default: of any head)")
      ->delimiter(',');
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "Seed of the bootstrap")->capture_default_str();
  verb->add_option("--threads", a.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_option("--runs", a.runs, "Where results.jsonl goes")->capture_default_str();
  verb->add_flag("--no-record", a.no_record, "Write nothing to the runs folder");
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_eval_ranker(*arguments); });
}

}  // namespace kaskad::cli
