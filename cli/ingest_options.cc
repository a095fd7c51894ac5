#include "cli/ingest_options.h"

#include <cstdlib>
#include <map>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"

namespace kaskad::cli {
namespace {

const std::map<std::string, TimeFormat> kTimeFormats = {
    {"auto", TimeFormat::kAuto},       {"s", TimeFormat::kSeconds},
    {"ms", TimeFormat::kMilliseconds}, {"us", TimeFormat::kMicroseconds},
    {"ns", TimeFormat::kNanoseconds},  {"iso", TimeFormat::kIso8601},
    {"order", TimeFormat::kOrder},     {"none", TimeFormat::kNone}};
const std::map<std::string, HeaderLine> kHeaders = {
    {"auto", HeaderLine::kAuto}, {"yes", HeaderLine::kYes}, {"no", HeaderLine::kNo}};
const std::map<std::string, OnError> kOnError = {{"fail", OnError::kFail},
                                                 {"skip", OnError::kSkip}};
const std::map<std::string, FieldType> kFieldTypes = {{"category", FieldType::kCategorical},
                                                      {"multi", FieldType::kMultiValued},
                                                      {"number", FieldType::kNumber},
                                                      {"vector", FieldType::kVector}};
const std::map<std::string, Duplicates> kDuplicates = {{"keep", Duplicates::kKeep},
                                                       {"first", Duplicates::kFirst},
                                                       {"last", Duplicates::kLast},
                                                       {"sum", Duplicates::kSum}};

// An option whose value is one of the names of `choices`; its default is what `target` holds.
template <typename T>
CLI::Option* add_choice(CLI::App* app, const std::string& name, T& target,
                        const std::map<std::string, T>& choices, const std::string& help) {
  std::string names, current;
  for (const auto& [text, value] : choices) {
    names += (names.empty() ? "" : "|") + text;
    if (value == target) current = text;
  }
  const auto check = [&choices, names](const std::string& text) {
    return choices.contains(text) ? "" : "found '" + text + "', expected " + names;
  };
  return app
      ->add_option_function<std::string>(
          name, [&](const std::string& text) { target = choices.at(text); }, help)
      ->check(check)
      ->type_name(names)
      ->default_str(current);
}

// "click=1" -> {"click", "1"}.
std::pair<std::string, std::string> split_assignment(const std::string& option,
                                                     const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(option + ": found '" + text + "', expected NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void read_types(const std::string& option, const std::vector<std::string>& texts,
                TableOptions& table) {
  for (const std::string& text : texts) {
    const auto [field, type] = split_assignment(option, text);
    if (!kFieldTypes.contains(type)) {
      throw Error(option + ": found '" + type + "', expected category, multi, number or vector");
    }
    table.types[field] = kFieldTypes.at(type);
  }
}

float read_factor(const std::string& text) {
  char* end = nullptr;
  const float factor = std::strtof(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(factor >= 0 && factor < 1e30f)) {
    throw Error("--action-weight: found '" + text + "', expected a number of at least 0");
  }
  return factor;
}

}  // namespace

void IngestFlags::add_to(CLI::App* app) {
  app->add_option("paths", options_.paths,
                  "Log files, read as one log (or a dataset directory with --describe)")
      ->required()
      ->type_name("PATH");
  app->add_option("-o,--output", options_.output, "Directory of the dataset")->type_name("DIR");
  app->add_option("--memory", memory_, "Budget for ids and buffered events; more goes to disk")
      ->capture_default_str();
  app->add_option("--threads", options_.threads, "Threads of reading and of sorting")
      ->check(CLI::Range(1, 1024))
      ->default_val(default_threads());
  app->add_flag("--describe", describe, "Show what the log looks like");
  app->add_option("--report", report_path, "Write the description as a page with plots")
      ->type_name("PAGE.html");
  app->add_flag("--json", json, "One JSON object on standard output");
  add_log_options(app);
  add_filter_options(app);
  add_feature_options(app);
}

void IngestFlags::add_log_options(CLI::App* app) {
  LogOptions& log = options_.log;
  const std::string group = "How the log is written (found by itself unless said)";
  const auto text = [&](const char* name, std::string& target, const char* help) {
    app->add_option(name, target, help)->group(group);
  };
  text("--format", log.format, "csv, tsv, jsonl, parquet, movielens, recbole, sequence");
  text("--delimiter", log.delimiter, "Between the columns, as , or ::");
  text("--user-column", log.user_column, "Name, or number from 1");
  text("--item-column", log.item_column, "Name, or number from 1");
  text("--time-column", log.time_column, "Name, or number from 1");
  text("--weight-column", log.weight_column, "Name or number; none: every event weighs 1");
  text("--action-column", log.action_column, "Name or number; none: no actions");
  add_choice(app, "--time", log.time, kTimeFormats, "Unit of the times")->group(group);
  add_choice(app, "--header", log.header, kHeaders, "Whether line 1 names the columns")
      ->group(group);
  app->add_flag_callback(
         "--no-quotes", [&log] { log.quotes = false; },
         "A quotation mark is a character like any other")
      ->group(group);
  add_choice(app, "--on-error", log.on_error, kOnError, "What to do with unreadable rows")
      ->group(group);
}

void IngestFlags::add_filter_options(CLI::App* app) {
  DensityFilters& density = options_.density;
  const std::string group = "What is kept, applied in this order";
  min_weight_option_ =
      app->add_option("--min-weight", min_weight_, "Leave out rows of lower weight, as ratings")
          ->group(group);
  app->add_option("--action-weight", action_weights_,
                  "Factor on the weight of an action's events; 0 leaves them out")
      ->delimiter(',')
      ->type_name("ACTION=FACTOR,...")
      ->group(group);
  add_choice(app, "--duplicates", options_.duplicates, kDuplicates,
             "Several events of a user with an item; sum: the last, with the weights added up")
      ->group(group);
  const auto count = [&](const char* name, uint32_t& target, const char* help) {
    return app->add_option(name, target, help)->group(group);
  };
  count("--min-item-count", density.min_item_count, "Leave out items with fewer events");
  count("--min-history", density.min_history, "Leave out users with fewer events");
  CLI::Option* both = count("--k-core", k_core_,
                            "Leave out users and items with fewer events until nothing changes");
  count("--user-core", density.user_core, "The same, users only")->excludes(both);
  count("--item-core", density.item_core, "The same, items only")->excludes(both);
}

void IngestFlags::add_feature_options(CLI::App* app) {
  const auto kind = [&](const std::string& of, std::vector<std::string>& paths, TableOptions& table,
                        std::vector<std::string>& types) {
    const std::string group = "Features of " + of + "s";
    app->add_option("--" + of + "-features", paths, "Files, one row an id")
        ->type_name("PATH")
        ->group(group);
    app->add_option("--" + of + "-key", table.key_column, "Column of the ids")->group(group);
    app->add_option("--" + of + "-fields", table.fields, "Take only these columns")
        ->delimiter(',')
        ->group(group);
    app->add_option("--" + of + "-type", types, "Types: category, multi, number, vector")
        ->delimiter(',')
        ->type_name("FIELD=TYPE,...")
        ->group(group);
  };
  options_.item_table.of = TableOf::kItems;
  options_.user_table.of = TableOf::kUsers;
  kind("item", options_.item_feature_paths, options_.item_table, item_types_);
  app->add_flag(
         "--cold-items", options_.cold_items,
         "Keep items that only the feature files have: models of features can recommend them")
      ->group("Features of items");
  kind("user", options_.user_feature_paths, options_.user_table, user_types_);
}

// Options that arrive as text or in two places.
IngestOptions IngestFlags::read() {
  options_.memory = parse_bytes(memory_);
  options_.log.threads = options_.threads;
  if (min_weight_option_->count() > 0) options_.min_weight = min_weight_;
  if (k_core_ > 0) options_.density.user_core = options_.density.item_core = k_core_;
  for (const std::string& text : action_weights_) {
    const auto [action, factor] = split_assignment("--action-weight", text);
    options_.action_weights[action] = read_factor(factor);
  }
  read_types("--item-type", item_types_, options_.item_table);
  read_types("--user-type", user_types_, options_.user_table);
  for (TableOptions* table : {&options_.item_table, &options_.user_table}) {
    table->on_error = options_.log.on_error;
    table->threads = options_.threads;
  }
  return options_;
}

}  // namespace kaskad::cli
