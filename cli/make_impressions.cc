// kaskad make-impressions: lists for rankers, out of a log without impressions.
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/list_retriever.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/ranking/label_window.h"
#include "kaskad/ranking/make_lists.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Arguments {
  std::string dataset, retriever = "directed", split = "leave-one-out", output, counters = "auto";
  ListOptions lists;
  LabelWindowOptions window;
  bool keep_seen = false, json = false;
};

// The output is replaced as a whole, so it must not be somebody's directory of other things.
void check_output(const std::string& output) {
  if (!fs::exists(output) || fs::exists(output + "/impressions.json")) return;
  if (!fs::is_directory(output) || !fs::is_empty(output)) {
    throw Error("'" + output + "' exists and holds no impressions; choose another directory");
  }
}

CounterView view_of(const std::string& text, const Split& split) {
  if (text == "learned") return CounterView::kLearned;
  if (text == "live") return CounterView::kLive;
  return default_view(split);
}

json to_json(const ListCounts& counts) {
  const auto answers = static_cast<double>(counts.answers);
  return {{"requests", counts.requests},
          {"without_answer", counts.without_answer},
          {"without_positive", counts.without_positive},
          {"lists", counts.lists},
          {"candidates", counts.candidates},
          {"answers", counts.answers},
          {"retrieved", counts.retrieved},
          {"added", counts.added},
          {"recall", answers > 0 ? static_cast<double>(counts.retrieved) / answers : 0}};
}

// One call of the command: the three parts, written one after the other.
class Run {
 public:
  explicit Run(const Arguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        split_(make_split(dataset_, SplitOptions::parse(arguments.split))),
        progress_(console_progress(arguments.json)),
        retriever_(open_list_retriever(arguments.retriever, dataset_, split_,
                                       arguments.lists.threads, progress_)),
        view_(view_of(arguments.counters, split_)) {
    check_heads(dataset_, arguments.lists.heads);
    for (const std::string& warning : split_.warnings) say("warning: " + warning);
  }

  json write(const std::string& directory) {
    const Phase train = label_window(dataset_, split_, arguments_.window, retriever_.learned);
    json result = {{"command", "make-impressions"},
                   {"dataset", arguments_.dataset},
                   {"dataset_hash", dataset_.hash()},
                   {"split", split_.options.to_string()},
                   {"split_hash", split_.hash},
                   {"retriever", retriever_json()},
                   {"counters", view_ == CounterView::kLive ? "live" : "learned"},
                   {"sampling", sampling_json()}};
    for (const Phase* phase : {&train, &split_.validations.front(), &split_.test}) {
      result["parts"][phase->name] = write_part(*phase, directory + "/" + phase->name, result);
    }
    return result;
  }

 private:
  json retriever_json() const {
    return {{"name", retriever_.name},
            {"hash", retriever_.hash},
            {"candidates", arguments_.lists.candidates},
            {"exclude_seen", arguments_.lists.exclude_seen},
            {"fitted", retriever_.learned ? "before, as the bundle is" : "for each part"}};
  }

  json sampling_json() const {
    const ListOptions& lists = arguments_.lists;
    return {{"label_share", arguments_.window.share},
            {"lists_per_user", arguments_.window.lists_per_user},
            {"horizon", arguments_.window.horizon},
            {"hard_negatives", lists.hard},
            {"easy_negatives", lists.easy},
            {"easy_alpha", lists.easy_alpha},
            {"add_positives", lists.add_positives},
            {"seed", lists.seed}};
  }

  json write_part(const Phase& phase, const std::string& directory, const json& source) {
    fs::create_directories(directory);
    ListOptions options = arguments_.lists;
    options.sample = phase.name == "train";
    const FitCounts popularity = count_fit(dataset_, phase);
    ImpressionWriter writer(options.heads.size(), 0);
    const ListCounts counts = make_lists(*retriever_.of_phase(phase), dataset_, phase.cases,
                                         options, popularity.events, writer, progress_);
    ImpressionFacts facts;
    facts.part = phase.name;
    facts.heads = options.heads;
    facts.dataset_hash = dataset_.hash();
    facts.split = split_.options.to_string();
    facts.split_hash = split_.hash;
    facts.full_catalogue = !options.sample;
    json whole = source;
    whole.erase("parts");
    whole["counts"] = to_json(counts);
    if (!options.sample) whole.erase("sampling");
    facts.source_json = whole.dump();
    json out = to_json(counts);
    out["hash"] = writer.finish(directory, known_end(dataset_, split_, phase, view_), facts);
    return out;
  }

  const Arguments& arguments_;
  const Dataset dataset_;
  const Split split_;
  const Progress progress_;
  const ListRetriever retriever_;
  const CounterView view_;
};

void print(const json& result, const std::string& output) {
  std::vector<std::vector<std::string>> rows = {
      {"", "requests", "lists", "candidates", "answers", "retrieved", "recall"}};
  for (const char* part : {"train", "validation", "test"}) {
    const json& counts = result["parts"][part];
    char recall[16];
    std::snprintf(recall, sizeof(recall), "%.4f", counts["recall"].get<double>());
    rows.push_back({part, counts["requests"].dump(), counts["lists"].dump(),
                    counts["candidates"].dump(), counts["answers"].dump(),
                    counts["retrieved"].dump(), recall});
  }
  std::cout << output << ": " << result["retriever"]["name"].get<std::string>() << ", "
            << result["split"].get<std::string>() << ", counters "
            << result["counters"].get<std::string>() << "\n\n"
            << aligned(rows) << std::flush;
}

void run(Arguments arguments) {
  check_output(arguments.output);
  arguments.lists.exclude_seen = !arguments.keep_seen;
  arguments.window.seed = arguments.lists.seed;
  Run work(arguments);
  StagedDirectory staged(arguments.output);
  const json result = work.write(staged.path());
  write_file(staged.file("impressions.json"), result.dump(1) + "\n");
  staged.commit();
  end_progress();
  if (arguments.json) return print_json(result);
  print(result, arguments.output);
}

void add_sampling_options(CLI::App* verb, Arguments& a) {
  verb->add_option("--label-share", a.window.share,
                   "Share of the learned events that the training lists ask for; the retriever of "
                   "these lists learns what lies before")
      ->check(CLI::Range(0.001, 0.999))
      ->capture_default_str();
  verb->add_option("--lists-per-user", a.window.lists_per_user, "Training requests of a user")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
  verb->add_option("--horizon", a.window.horizon,
                   "A request is answered by the next so many events (0: as the split asks)")
      ->capture_default_str();
  verb->add_option("--hard", a.lists.hard,
                   "Training: retrieved items that were not taken, for each list (0: all)")
      ->capture_default_str();
  verb->add_option("--easy", a.lists.easy, "Training: further items of the catalogue")
      ->capture_default_str();
  verb->add_option("--easy-alpha", a.lists.easy_alpha, "Draw these by popularity^alpha (0: evenly)")
      ->check(CLI::Range(0.0, 4.0))
      ->capture_default_str();
  verb->add_flag("--add-positives", a.lists.add_positives,
                 "Training: add answers that retrieval missed; without, lists with none are left "
                 "out");
}

}  // namespace

void add_make_impressions(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "make-impressions",
      "Make lists for rankers: what a retriever offered before an event, and what was taken");
  verb->footer(
      "Example:\n"
      "  kaskad make-impressions ml1m --split leave-one-out --retriever directed -o lists\n"
      "  kaskad train-ranker gbdt ml1m lists -o runs/gbdt\n"
      "  kaskad eval-ranker ml1m lists --ranker runs/gbdt");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("--split", a.split, "leave-one-out, global-time:0.1, ... as in `kaskad eval`")
      ->capture_default_str();
  verb->add_option("--retriever", a.retriever,
                   "directed, popularity, popularity-window:7d, or a bundle; bundles of matrices "
                   "and of popularity are fitted anew for each part")
      ->capture_default_str();
  verb->add_option("--candidates", a.lists.candidates, "Retrieved for each request")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--heads", a.lists.heads,
                   "Actions to label, or 'next' for whatever the user did next")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--counters", a.counters,
                   "What popularity may count, always before the request: learned (as the split "
                   "lets be learned), live (everything), auto (live for a split at one time)")
      ->check(CLI::IsMember({"auto", "learned", "live"}))
      ->capture_default_str();
  add_sampling_options(verb, a);
  verb->add_flag("--keep-seen", a.keep_seen, "Items of the history are candidates and answers too");
  verb->add_option("--seed", a.lists.seed, "Of requests and negatives")->capture_default_str();
  verb->add_option("--threads", a.lists.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->add_option("-o,--output", a.output, "Directory for the lists")->required();
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace kaskad::cli
