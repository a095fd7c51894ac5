// kaskad make-impressions: lists for rankers, out of a log without impressions or of real ones.
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/list_retriever.h"
#include "cli/output_directory.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/ranking/label_window.h"
#include "kaskad/ranking/logged_lists.h"
#include "kaskad/ranking/make_lists.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct MakeImpressionsArguments {
  std::string dataset, retriever = "directed", split = "leave-one-out", output, counters = "auto";
  std::string impressions, form = "long", requests = "events";
  ListOptions lists;
  LabelWindowOptions window;
  bool keep_seen = false, json = false;
};

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
          {"recall", answers > 0 ? static_cast<double>(counts.retrieved) / answers : 0.0}};
}

json to_json(const LoggedCounts& counts) {
  return {{"lists", counts.lists},
          {"candidates", counts.candidates},
          {"positives", counts.positives},
          {"unknown_users", counts.unknown_users},
          {"unknown_items", counts.unknown_items}};
}

// One call of the command: the three parts, written one after the other.
class MakeImpressionsRun {
 public:
  explicit MakeImpressionsRun(const MakeImpressionsArguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        split_(make_split(dataset_, SplitOptions::parse(arguments.split))),
        progress_(console_progress(arguments.json)),
        view_(view_of(arguments.counters, split_)) {
    check_heads(dataset_, arguments.lists.heads);
    for (const std::string& warning : split_.warnings) say("warning: " + warning);
  }

  json write(const std::string& directory) {
    json result = {{"command", "make-impressions"},
                   {"dataset", arguments_.dataset},
                   {"dataset_hash", dataset_.hash()},
                   {"split", split_.options.to_string()},
                   {"split_hash", split_.hash},
                   {"counters", view_ == CounterView::kLive ? "live" : "learned"}};
    if (arguments_.impressions.empty()) {
      make(directory, result);
    } else {
      read(directory, result);
    }
    return result;
  }

 private:
  // Lists of what a retriever would have offered.
  void make(const std::string& directory, json& result) {
    retriever_ = open_list_retriever(arguments_.retriever, dataset_, split_,
                                     arguments_.lists.threads, progress_);
    const Phase train = label_window(dataset_, split_, arguments_.window, retriever_.learned);
    result["retriever"] = retriever_json();
    result["sampling"] = sampling_json();
    for (const Phase* phase : {&std::as_const(train), &split_.validations.front(), &split_.test}) {
      ListOptions options = arguments_.lists;
      options.sample = phase == &train;
      const FitCounts popularity = count_fit(dataset_, *phase);
      ImpressionWriter writer(options.heads.size(), 0);
      json counts = to_json(make_lists(*retriever_.of_phase(*phase), dataset_, phase->cases,
                                       options, popularity.events, writer, progress_));
      finish(writer, *phase, {}, !options.sample, directory, counts, result);
    }
  }

  // Lists of what was shown.
  void read(const std::string& directory, json& result) {
    const ImpressionLog log =
        read_impression_log(arguments_.impressions, parse_impression_form(arguments_.form));
    result["impressions"] = {{"file", arguments_.impressions}, {"form", arguments_.form}};
    Phase train = split_.validations.front();  // counters of both may use the same
    train.name = "train";
    for (const Phase* phase : {&std::as_const(train), &split_.validations.front(), &split_.test}) {
      ImpressionWriter writer(arguments_.lists.heads.size(), log.contexts.size());
      json counts = to_json(
          add_logged_lists(log, dataset_, split_, phase->name, arguments_.lists.heads, writer));
      finish(writer, *phase, log.contexts, false, directory, counts, result);
    }
  }

  // Writes the part and puts its counts and hash into `result`.
  void finish(const ImpressionWriter& writer, const Phase& phase,
              const std::vector<std::string>& contexts, bool full_catalogue,
              const std::string& directory, json& counts, json& result) const {
    ImpressionFacts facts;
    facts.part = phase.name;
    facts.heads = arguments_.lists.heads;
    facts.contexts = contexts;
    facts.dataset_hash = dataset_.hash();
    facts.split = split_.options.to_string();
    facts.split_hash = split_.hash;
    facts.full_catalogue = full_catalogue;
    json source = result;
    source.erase("parts");
    source["counts"] = counts;
    if (full_catalogue) source.erase("sampling");
    facts.source_json = source.dump();
    const std::string folder = directory + "/" + phase.name;
    fs::create_directories(folder);
    counts["hash"] = writer.finish(folder, known_end(dataset_, split_, phase, view_), facts);
    result["parts"][phase.name] = counts;
  }

  json retriever_json() const {
    return {{"name", retriever_.name},
            {"hash", retriever_.hash},
            {"candidates", arguments_.lists.candidates},
            {"exclude_seen", arguments_.lists.exclude_seen},
            {"fitted", retriever_.learned ? "before, as the bundle is" : "for each part"}};
  }

  json sampling_json() const {
    const ListOptions& lists = arguments_.lists;
    return {{"requests", arguments_.requests},
            {"label_share", arguments_.window.share},
            {"lists_per_user", arguments_.window.lists_per_user},
            {"horizon", arguments_.window.horizon},
            {"hard_negatives", lists.hard},
            {"easy_negatives", lists.easy},
            {"easy_alpha", lists.easy_alpha},
            {"add_positives", lists.add_positives},
            {"seed", lists.seed}};
  }

  const MakeImpressionsArguments& arguments_;
  const Dataset dataset_;
  const Split split_;
  const Progress progress_;
  const CounterView view_;
  ListRetriever retriever_;
};

// One row a part; numbers as they are, the recall as a share.
void print_make_impressions(const json& result, const std::string& output) {
  const bool made = result.contains("retriever");
  std::vector<std::string> columns = {"requests", "lists",     "candidates",
                                      "answers",  "retrieved", "recall"};
  if (!made) columns = {"lists", "candidates", "positives", "unknown_users", "unknown_items"};
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const std::string& column : columns) rows[0].push_back(column);
  for (const char* part : {"train", "validation", "test"}) {
    rows.push_back({part});
    for (const std::string& column : columns) {
      const json& count = result["parts"][part][column];
      char recall[16];
      std::snprintf(recall, sizeof(recall), "%.4f", count.get<double>());
      rows.back().push_back(count.is_number_float() ? recall : count.dump());
    }
  }
  std::cout
      << output << ": "
      << (made ? result["retriever"]["name"] : result["impressions"]["file"]).get<std::string>()
      << ", " << result["split"].get<std::string>() << ", counters "
      << result["counters"].get<std::string>() << "\n\n"
      << aligned(rows) << std::flush;
}

void run_make_impressions(MakeImpressionsArguments arguments) {
  check_replaceable(arguments.output, "impressions.json", "a directory of impressions");
  arguments.lists.exclude_seen = !arguments.keep_seen;
  arguments.window.seed = arguments.lists.seed;
  if (arguments.requests == "times") arguments.window.at = RequestsAt::kTimes;
  MakeImpressionsRun work(arguments);
  StagedDirectory staged(arguments.output);
  const json result = work.write(staged.path());
  write_file(staged.file("impressions.json"), result.dump(1) + "\n");
  staged.commit();
  end_progress();
  if (arguments.json) return print_json(result);
  print_make_impressions(result, arguments.output);
}

void add_sampling_options(CLI::App* verb, MakeImpressionsArguments& a) {
  verb->add_option("--label-share", a.window.share,
                   "Share of the learned events that the training lists ask for; the retriever of "
                   "these lists learns what lies before")
      ->check(CLI::Range(0.001, 0.999))
      ->capture_default_str();
  verb->add_option("--lists-per-user", a.window.lists_per_user, "Training requests of a user")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
  verb->add_option("--requests", a.requests,
                   "Training requests at events drawn from each user, or (splits at one time) at "
                   "the first event from each of --lists-per-user times on")
      ->check(CLI::IsMember({"events", "times"}))
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
  const auto arguments = std::make_shared<MakeImpressionsArguments>();
  MakeImpressionsArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "make-impressions",
      "Make lists for rankers: what was or would have been offered, and what was taken");
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
  verb->add_option("--impressions", a.impressions,
                   "Take the lists of this log of real impressions instead of a retriever's; needs "
                   "a split at one time");
  verb->add_option("--form", a.form,
                   "Of these: long (request_id, user_id, item_id, timestamp, position, action) or "
                   "trivago")
      ->check(CLI::IsMember({"long", "trivago"}))
      ->capture_default_str();
  verb->add_flag("--keep-seen", a.keep_seen, "Items of the history are candidates and answers too");
  verb->add_option("--seed", a.lists.seed, "Of requests and negatives")->capture_default_str();
  verb->add_option("--threads", a.lists.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->add_option("-o,--output", a.output, "Directory for the lists")->required();
  verb->callback([arguments] { run_make_impressions(*arguments); });
}

}  // namespace kaskad::cli
