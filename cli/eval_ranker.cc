// kaskad eval-ranker: rankers on the same stored lists, with paired differences.
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/ranker_details.h"
#include "cli/ranker_tables.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/run_directories.h"
#include "kaskad/model/ranker_bundle.h"
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
  size_t corpus = 0;  // lists
  uint64_t seed = 1;
  int threads = 0;
  bool no_record = false, json = false;
};

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
    figures_.facts = describe_lists(lists_, options_.heads);
    if (figures_.facts.asked == 0) {
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
    figures_.comparison = compare_lists(figures_.evaluations, options_.bootstrap);
    find_segments();
  }

  void print() const {
    std::cout << arguments_.lists << ", " << lists_.facts().split << ", " << lists_.facts().part
              << ": ";
    print_tables(figures_, options_.bootstrap, dataset_.num_items());
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
                {"facts", to_json(figures_.facts)},
                {"bootstrap", {{"resamples", arguments_.resamples}, {"seed", arguments_.seed}}},
                {"time", now_utc()}};
    out["metric"] = figures_.evaluations[0].metrics[0].name;
    out["verdict"] = figures_.comparison.verdict;
    for (const CorpusRecall& recall : figures_.corpus) out["corpus"].push_back(to_json(recall));
    if (!figures_.segments.empty()) {
      out["segments"] = to_json(figures_.segments, figures_.evaluations, options_.bootstrap);
    }
    for (size_t e = 0; e < figures_.evaluations.size(); ++e) {
      json one = to_json(figures_.evaluations[e]);
      one["to_best"] = to_json(figures_.comparison.to_best[e].difference);
      one["may_equal_best"] = static_cast<bool>(figures_.comparison.may_equal_best[e]);
      if (!figures_.calibrations[e].empty()) one["calibration"] = figures_.calibrations[e];
      for (size_t m = 0; e > 0 && m < one["metrics"].size(); ++m) {
        const auto difference =
            paired(figures_.evaluations[0], figures_.evaluations[e], m, options_.bootstrap);
        json& to = one["first_minus_this"][figures_.evaluations[0].metrics[m].name];
        to = to_json(difference.difference);
        to["share_above"] = difference.share_above;
      }
      out["rankers"].push_back(one);
    }
    return out;
  }

  // What the page shows beside the figures: how the rankers were made, and what they cost.
  void add_details(json& result) const {
    for (size_t e = 0; e < figures_.evaluations.size(); ++e) {
      const json details = ranker_details(folders_[e]);
      result["rankers"][e].update(details);
    }
    for (const std::string& file : arguments_.benches) {
      for (json& point : timings_of(file, folders_, figures_.evaluations)) {
        result["latency"].push_back(std::move(point));
      }
    }
    result["command_line"] = command_line();
    result["kaskad"] = KASKAD_VERSION;
  }

 private:
  // `folder` is where the ranker lies; empty: nowhere.
  void ask(const Ranker& ranker, const std::string& name, const std::string& folder = "") {
    figures_.evaluations.push_back(
        evaluate_lists(ranker, name, dataset_, lists_, options_, progress_));
    if (arguments_.corpus > 0) {
      const CorpusOptions options{arguments_.corpus, options_.heads, options_.bootstrap,
                                  options_.threads};
      figures_.corpus.push_back(measure_corpus(ranker, name, dataset_, lists_, options, progress_));
    }
    folders_.push_back(folder);
    figures_.calibrations.push_back(json::array());
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
    for (size_t a = 0; a < figures_.evaluations.size(); ++a) {
      for (size_t b = a + 1; b < figures_.evaluations.size(); ++b) {
        if (figures_.evaluations[a].ranker != figures_.evaluations[b].ranker) continue;
        throw Error("two rankers are called '" + figures_.evaluations[a].ranker +
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
    if (bundle.calibration) figures_.calibrations.back() = reliability_of(bundle);
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
    figures_.segments = list_segments(lists_, Impressions::open(train), options_.heads);
  }

  const EvalRankerArguments& arguments_;
  const Dataset dataset_;
  const Impressions lists_;
  const Progress progress_;
  ListEvalOptions options_;
  RankerFigures figures_;
  std::vector<std::string> folders_;  // (evaluations)
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
  verb->add_option("--corpus", a.corpus,
                   "Also let every ranker order the whole catalogue for so many of the lists: "
                   "recall@10, @100 and @1000, ties against it")
      ->check(CLI::Range(1, 1000000));
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
