// kaskad make-impressions: lists for rankers, out of a log without impressions or of real ones.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/list_retriever.h"
#include "cli/make_impressions_options.h"
#include "cli/output_directory.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "kaskad/core/option_name.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/ranking/logged_lists.h"
#include "kaskad/ranking/make_lists.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// "hash:0.1" -> 0.1: real impressions may be cut by their request ids. Nothing for other splits.
std::optional<double> hash_share(const std::string& split) {
  if (split.rfind("hash", 0) != 0) return std::nullopt;
  char* end = nullptr;
  const double share = split == "hash" ? 0.1 : std::strtod(split.c_str() + 5, &end);
  if (split != "hash" && (split[4] != ':' || *end != '\0' || !(share > 0 && share < 0.5))) {
    throw Error(option_name("--split") + ": found '" + split +
                "', expected hash:SHARE with a share from 0 to 0.5");
  }
  return share;
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
        hash_share_(hash_share(arguments.split)),
        progress_(console_progress(arguments.json)) {
    if (hash_share_) {
      if (arguments.impressions.empty()) {
        throw Error(option_name("--split") + " hash cuts lists that were shown; it needs " +
                    option_name("--impressions"));
      }
      return;
    }
    split_ = make_split(dataset_, SplitOptions::parse(arguments.split));
    view_ = view_of(arguments.counters, split_);
    for (const std::string& warning : split_.warnings) say("warning: " + warning);
  }

  json write(const std::string& directory) {
    json result = {{"command", "make-impressions"},
                   {"dataset", arguments_.dataset},
                   {"dataset_hash", dataset_.hash()},
                   {"split", split_name()},
                   {"split_hash", split_hash()}};
    if (arguments_.impressions.empty()) {
      result["counters"] = view_ == CounterView::kLive ? "live" : "learned";
      make(directory, result);
    } else {
      read(directory, result);
    }
    return result;
  }

 private:
  std::string split_name() const {
    if (!hash_share_) return split_.options.to_string();
    return "hash:" + json(*hash_share_).dump();
  }
  std::string split_hash() const {
    if (!hash_share_) return split_.hash;
    return Hasher().add(dataset_.hash()).add(" ").add(split_name()).hex();
  }

  // Lists of what a retriever would have offered.
  void make(const std::string& directory, json& result) {
    check_heads(dataset_, arguments_.lists.heads);
    retriever_ = open_list_retriever(arguments_.retriever, dataset_, split_,
                                     arguments_.lists.threads, progress_);
    const Phase train = label_window(dataset_, split_, arguments_.window, retriever_.learned);
    result["retriever"] = retriever_json();
    result["sampling"] = sampling_json();
    const Split& split = split_;
    for (const Phase* phase : {&std::as_const(train), &split.validations.front(), &split.test}) {
      ListOptions options = arguments_.lists;
      options.sample = phase == &train;
      const FitCounts popularity = count_fit(dataset_, *phase);
      ImpressionWriter writer(options.heads.size(), 0);
      json counts = to_json(make_lists(*retriever_.of_phase(*phase), dataset_, phase->cases,
                                       options, popularity.events, writer, progress_));
      const Part part{phase->name,
                      {},
                      !options.sample,
                      dataset_.time_kind(),
                      known_end(dataset_, split_, *phase, view_)};
      finish(writer, part, {}, directory, counts, result);
    }
  }

  // Lists of what was shown.
  void read(const std::string& directory, json& result) {
    const auto log = open_impressions(arguments_.impressions, arguments_.log);
    const auto parts = hash_share_ ? ListParts::by_hash(*hash_share_) : ListParts::by_time(split_);
    LoggedLists lists(
        dataset_, parts, arguments_.lists.heads, log->fields(),
        arguments_.known == "catalogue" ? KnownItems::kCatalogue : KnownItems::kTakenBefore);
    LoggedList list;
    for (size_t number = 0; log->next(list); ++number) {
      if (number == 0) lists.check_time(log->time_kind());
      lists.append(list);
      if (number % 1000 > 0) continue;
      report(progress_, {"reading impressions", log->bytes_read(), log->bytes_total(), ""});
    }
    lists.check_all(arguments_.impressions.front());
    result["impressions"] = {{"files", arguments_.impressions},
                             {"form", arguments_.form},
                             {"known_items", arguments_.known},
                             {"columns", log->fields().description},
                             {"queries", lists.queries().size()}};
    if (!log->fields().time) {
      result["counters"] = "none";
    } else {
      result["counters"] = hash_share_ || view_ == CounterView::kLive ? "live" : "learned";
    }
    for (size_t p = 0; p < kListParts.size(); ++p) {
      json counts = to_json(lists.counts(p));
      const Part part{kListParts[p], log->fields().contexts, false, log->time_kind(),
                      known_of_logged(p, log->fields().time)};
      finish(lists.writer(p), part, lists.queries(), directory, counts, result);
    }
  }

  // What counters may know of each user. Without time nothing: no moment lies before another.
  std::vector<uint32_t> known_of_logged(size_t part, bool has_time) const {
    std::vector<uint32_t> ends(dataset_.num_users(), 0);
    if (!has_time) return ends;
    if (!hash_share_) {  // counters of training and validation may use the same
      const Phase& phase = part == 2 ? split_.test : split_.validations.front();
      return known_end(dataset_, split_, phase, view_);
    }
    for (size_t user = 0; user < ends.size(); ++user) {
      const UserId id{static_cast<uint32_t>(user)};
      ends[user] = static_cast<uint32_t>(dataset_.history(id).size());
    }
    return ends;
  }

  struct Part {
    std::string name;
    std::vector<std::string> contexts;
    bool full_catalogue;
    TimeKind time_kind;
    std::vector<uint32_t> known_end;  // (users)
  };

  // Writes the part and puts its counts and hash into `result`.
  void finish(const ImpressionWriter& writer, const Part& part,
              std::span<const std::string_view> queries, const std::string& directory, json& counts,
              json& result) const {
    ImpressionFacts facts;
    facts.part = part.name;
    facts.heads = arguments_.lists.heads;
    facts.contexts = part.contexts;
    facts.dataset_hash = dataset_.hash();
    facts.split = split_name();
    facts.split_hash = split_hash();
    facts.full_catalogue = part.full_catalogue;
    facts.time_kind = part.time_kind;
    json source = result;
    source.erase("parts");
    source["counts"] = counts;
    if (part.full_catalogue) source.erase("sampling");
    facts.source_json = source.dump();
    const std::string folder = directory + "/" + part.name;
    fs::create_directories(folder);
    counts["hash"] = writer.finish(folder, part.known_end, facts, queries);
    result["parts"][part.name] = counts;
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
  const std::optional<double> hash_share_;  // real impressions cut by request; else there is split_
  Split split_;
  const Progress progress_;
  CounterView view_ = CounterView::kLive;
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
  std::cout << output << ": "
            << (made ? result["retriever"]["name"].get<std::string>()
                     : result["impressions"]["files"].front().get<std::string>() + " (" +
                           result["impressions"]["columns"].get<std::string>() + ")")
            << ", " << result["split"].get<std::string>() << ", counters "
            << result["counters"].get<std::string>() << "\n\n"
            << aligned(rows) << std::flush;
}

void run_make_impressions(MakeImpressionsArguments arguments) {
  check_replaceable(arguments.output, "impressions.json", "a directory of impressions");
  arguments.lists.exclude_seen = !arguments.keep_seen;
  arguments.window.seed = arguments.lists.seed;
  arguments.log.form = parse_impression_form(arguments.form);
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
      "  kaskad eval-ranker ml1m lists --ranker runs/gbdt\n"
      "  kaskad make-impressions shop --split global-time:0.1 --impressions shown.parquet "
      "--heads click,buy -o shown");
  add_make_impressions_options(*verb, a);
  verb->callback([arguments] { run_make_impressions(*arguments); });
}

}  // namespace kaskad::cli
