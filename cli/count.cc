// kaskad count: counters of queries, users and items out of impressions, as a store that training
// and serving look things up in.
#include <toml++/toml.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/counters/counter_store.h"
#include "kaskad/counters/store_writer.h"
#include "kaskad/dataset/describe.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct CountArguments {
  std::string impressions, dataset, output, spec, segments, as_of;
  std::vector<std::string> parts = {"train", "validation", "test"};
  std::vector<double> windows, decays, prior;
  uint32_t top = 0;
  double sketch = 0;
  size_t show = 5;
  int threads = 0;
  bool update = false, json = false;
};

// The output is replaced as a whole, so it must not be somebody's directory of other things.
void check_output(const CountArguments& a) {
  if (!fs::exists(a.output)) {
    if (a.update) throw Error("'" + a.output + "' does not exist; --update goes on with a store");
    return;
  }
  const bool store =
      fs::exists(a.output + "/manifest.json") && fs::exists(a.output + "/items.bytes");
  if (!store && (!fs::is_directory(a.output) || !fs::is_empty(a.output))) {
    throw Error("'" + a.output + "' exists and holds no counters; choose another directory");
  }
}

// A recipe's [counters], or a file that is the table itself.
json read_toml(const std::string& path) {
  try {
    const toml::table root = toml::parse_file(path);
    const toml::table* counters = root["counters"].as_table();
    std::ostringstream text;
    text << toml::json_formatter(counters ? *counters : root);
    return json::parse(text.str());
  } catch (const toml::parse_error& fault) {
    throw data_error(path, fault.source().begin.line, "", std::string(fault.description()),
                     "a TOML file with segments, windows_days, ...");
  }
}

CounterSpec spec_of(const CountArguments& a, bool clock) {
  json root = a.spec.empty() ? json::object() : read_toml(a.spec);
  if (!a.segments.empty()) root["segments"] = parse_segments(a.segments);
  if (!a.windows.empty()) root["windows_days"] = a.windows;
  if (!a.decays.empty()) root["decay_days"] = a.decays;
  if (a.prior.size() == 2) {
    root["prior_events"] = a.prior[0];
    root["prior_total"] = a.prior[1];
  }
  if (a.top > 0) root["top"] = a.top;
  if (a.sketch > 0) root["sketch_epsilon"] = a.sketch;
  if (!clock && !root.contains("windows_days")) root["windows_days"] = {0};
  return CounterSpec::from_json(root.dump());
}

// The parts that there are; a directory of one part is one.
std::vector<Impressions> open_parts(const CountArguments& a) {
  std::vector<Impressions> parts;
  if (fs::exists(a.impressions + "/manifest.json")) {
    parts.push_back(Impressions::open(a.impressions));
    return parts;
  }
  for (const std::string& part : a.parts) {
    parts.push_back(Impressions::open(a.impressions + "/" + part));
  }
  return parts;
}

// The dataset that was named when the impressions were made.
std::string dataset_of(const CountArguments& a) {
  if (!a.dataset.empty()) return a.dataset;
  for (const std::string& file :
       {a.impressions + "/impressions.json",
        fs::path(a.impressions).parent_path().string() + "/impressions.json"}) {
    if (!fs::exists(file)) continue;
    const json root = json::parse(read_file(file), nullptr, false);
    if (root.is_object() && root.contains("dataset")) return root["dataset"].get<std::string>();
  }
  throw Error("'" + a.impressions + "' does not say which dataset it was made from; name it with " +
              "--dataset");
}

json top_json(const CounterStore& store, size_t segment, size_t show) {
  json rows = json::array();
  for (const TopRow& row : store.top_rows(segment, show, show)) {
    json cells = json::array();
    for (const TopRow::Cell& cell : row.cells) {
      cells.push_back({{"right", cell.right}, {"counts", cell.pair}});
    }
    rows.push_back({{"left", row.left}, {"counts", row.total}, {"cells", cells}});
  }
  return rows;
}

uint64_t bytes_below(const std::string& directory, const std::string& prefix) {
  uint64_t sum = 0;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (file.path().filename().string().starts_with(prefix)) sum += file.file_size();
  }
  return sum;
}

json to_json(const CountArguments& a, const StoreFigures& figures, const CounterStore& store) {
  json result = {{"command", "count"},
                 {"impressions", a.impressions},
                 {"output", a.output},
                 {"updated", a.update},
                 {"lists", figures.lists},
                 {"candidates", figures.candidates},
                 {"as_of", figures.as_of},
                 {"spec", json::parse(store.spec().to_json())},
                 {"events", store.layout().events()},
                 {"horizons", store.spec().horizon_names()},
                 {"features", store.feature_names()}};
  for (size_t s = 0; s < figures.segments.size(); ++s) {
    const StoreFigures::Segment& segment = figures.segments[s];
    const std::string prefix = "segment_" + std::to_string(s) + "_";
    result["segments"].push_back({{"name", segment.name},
                                  {"keys", segment.rows},
                                  {"pairs", segment.cells},
                                  {"bytes", bytes_below(a.output, prefix)},
                                  {"top", top_json(store, s, a.show)}});
  }
  return result;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.10g", value);
  return text;
}

std::string shortened(const std::string& text) {
  constexpr size_t kMost = 40;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

// "star wars   61200, 2301   24543698 (230, 1100), ...": actions, then impressions.
std::vector<std::string> top_line(const json& row, const json& events, size_t horizons) {
  const auto counts = [&](const json& values) {
    std::string text;
    for (size_t e = 1; e <= events.size(); ++e) {
      const size_t event = e % events.size();  // impressions come last
      text += (text.empty() ? "" : "/") + number(values[event * horizons].get<double>());
    }
    return text;
  };
  std::string cells;
  for (const json& cell : row["cells"]) {
    cells += (cells.empty() ? "" : ", ") + shortened(cell["right"]) + " " + counts(cell["counts"]);
  }
  const std::string left = row["left"];
  return {left.empty() ? "(all)" : shortened(left), counts(row["counts"]), cells};
}

void print_count(const json& result, TimeKind time_kind) {
  std::string events;
  for (size_t e = 1; e <= result["events"].size(); ++e) {
    events += (e > 1 ? "/" : "") + result["events"][e % result["events"].size()].get<std::string>();
  }
  const int64_t as_of = result["as_of"];
  std::cout << result["output"].get<std::string>() << ": " << result["lists"] << " lists with "
            << result["candidates"] << " impressions "
            << (result["updated"].get<bool>() ? "added" : "counted") << ", as of "
            << (time_kind == TimeKind::kClock ? iso_time(as_of) : std::to_string(as_of)) << "; "
            << result["features"].size() << " features\n\n";
  std::vector<std::vector<std::string>> rows = {{"segment", "keys", "pairs", "MB"}};
  for (const json& segment : result["segments"]) {
    char megabytes[32];
    std::snprintf(megabytes, sizeof(megabytes), "%.1f", segment["bytes"].get<double>() / 1e6);
    rows.push_back({segment["name"], segment["keys"].dump(), segment["pairs"].dump(), megabytes});
  }
  std::cout << aligned(rows);
  const size_t horizons = result["horizons"].size();
  for (const json& segment : result["segments"]) {
    rows = {{segment["name"].get<std::string>(),
             events + ", " + result["horizons"].front().get<std::string>(), "most"}};
    for (const json& row : segment["top"]) {
      rows.push_back(top_line(row, result["events"], horizons));
    }
    std::cout << "\n" << aligned(rows);
  }
  std::cout << std::flush;
}

void run_count(const CountArguments& a) {
  check_output(a);
  const std::vector<Impressions> parts = open_parts(a);
  std::vector<const Impressions*> pointers;
  for (const Impressions& part : parts) pointers.push_back(&part);
  const Dataset dataset = Dataset::open(dataset_of(a));
  for (const Impressions& part : parts) check_dataset(part, dataset);
  const ListOrder lists(pointers);
  CountOptions options;
  options.threads = a.threads;
  if (!a.as_of.empty()) options.as_of = parse_iso_date(a.as_of);
  const Progress progress = console_progress(a.json);
  StoreFigures figures;
  if (a.update) {
    figures = update_counter_store(a.output, lists, dataset, options, progress);
  } else {
    const bool clock = lists.time_kind() == TimeKind::kClock;
    figures = write_counter_store(a.output, lists, dataset, spec_of(a, clock), options, progress);
  }
  end_progress();
  const CounterStore store = CounterStore::open(a.output);
  const json result = to_json(a, figures, store);
  if (a.json) return print_json(result);
  print_count(result, lists.time_kind());
}

void add_spec_options(CLI::App* verb, CountArguments& a) {
  const std::string group = "What is counted (a new store; --update takes that of the store)";
  verb->add_option("--segments", a.segments,
                   "Pairs of keys, as query:item,query:country:item: each a field of items (item, "
                   "or a category of them) and any of query, query_token, user and categories of "
                   "users")
      ->group(group);
  verb->add_option("--windows", a.windows, "Days of each window, 0: all time")
      ->delimiter(',')
      ->default_str("7,30,0")
      ->group(group);
  verb->add_option("--decays", a.decays, "Days tau of counts that fade as exp(-age / tau)")
      ->delimiter(',')
      ->group(group);
  verb->add_option("--prior", a.prior, "a,b of (C + a) / (N + b)")
      ->delimiter(',')
      ->expected(2)
      ->default_str("0.3,10")
      ->group(group);
  verb->add_option("--top", a.top, "Items kept for each key, those with most actions; 0: all")
      ->group(group);
  verb->add_option(
          "--sketch", a.sketch,
          "For more pairs than memory: estimates instead of counts of pairs, too high by at "
          "most this share of all events")
      ->check(CLI::Range(1e-9, 0.5))
      ->group(group);
  verb->add_option("--spec", a.spec, "TOML file with these (segments, windows_days, ...)")
      ->type_name("FILE.toml")
      ->check(CLI::ExistingFile)
      ->group(group);
}

}  // namespace

void add_count(CLI::App& app) {
  const auto arguments = std::make_shared<CountArguments>();
  CountArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "count", "Count impressions and actions by query, user and item, for training and serving");
  verb->footer(
      "Example:\n"
      "  kaskad count lists -o counters --segments query:item,query:country:item,item\n"
      "  kaskad count newer-lists -o counters --update");
  verb->add_option("impressions", a.impressions,
                   "Directory that `kaskad make-impressions` wrote, or one part of it")
      ->required();
  verb->add_option("-o,--output", a.output, "Directory of the store")->required();
  add_spec_options(verb, a);
  verb->add_option("--dataset", a.dataset,
                   "Directory that `kaskad ingest` wrote; the one that the impressions name");
  verb->add_option("--parts", a.parts, "Parts that are counted, as one sequence in time")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--as-of", a.as_of,
                   "ISO date and time: only earlier impressions count; all, unless said");
  verb->add_flag(
      "--update", a.update,
      "Add the impressions later than those of the store; its moment goes on by whole days");
  verb->add_option("--show", a.show, "Keys of each segment that are printed, and items of each")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  verb->add_option("--threads", a.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_count(*arguments); });
}

}  // namespace kaskad::cli
