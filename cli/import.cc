// kaskad import: what a cluster counted becomes what the engine serves, pairs a bundle and C(q, p)
// a store of counters.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/output_directory.h"
#include "kaskad/cooc/counted_pairs.h"
#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/counters/counted_cells.h"
#include "kaskad/counters/store_writer.h"
#include "kaskad/model/bundle.h"

namespace kaskad::cli {
namespace {

struct ImportArguments {
  std::string counted, dataset, output, title_feature;
  int threads = 0;
  bool no_histories = false, json = false;
};

// The events that the cluster may have counted: none is later than the newest that it did.
std::vector<uint32_t> counted_histories(const Dataset& dataset, int64_t horizon) {
  std::vector<uint32_t> end;
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const auto times = dataset.history(UserId(user)).times;
    end.push_back(static_cast<uint32_t>(std::upper_bound(times.begin(), times.end(), horizon) -
                                        times.begin()));
  }
  return end;
}

void import_pairs(const ImportArguments& a, const Dataset& dataset, int threads) {
  check_replaceable(a.output, "manifest.json", "an earlier bundle");
  const CountedPairs counted =
      read_counted_pairs(a.counted, dataset.items(), threads, console_progress(a.json));
  end_progress();
  const auto model = fit_counted(counted, dataset, {.threads = threads});
  BundleContents contents;
  contents.dataset = &dataset;
  if (!a.no_histories) contents.history_end = counted_histories(dataset, counted.horizon);
  contents.now = counted.horizon;
  contents.config_json = model->config();
  contents.title_feature = a.title_feature;
  write_bundle(a.output, contents, *model, [&](const std::string& to) { model->save(to); });
  const Bundle written = load_bundle(a.output);
  const nlohmann::json result = {
      {"command", "import"},         {"bundle", a.output},
      {"bundle_hash", written.hash}, {"model", counted.blend.name()},
      {"users", counted.users},      {"items", model->num_items()},
      {"events", counted.events},    {"pairs", counted.counts.num_pairs()}};
  if (a.json) return print_json(result);
  say(a.output + ": " + counted.blend.name() + ", of " + result["pairs"].dump() + " pairs of " +
      std::to_string(counted.events) + " events of " + std::to_string(counted.users) + " users");
}

void import_cells(const ImportArguments& a, const Dataset& dataset, int threads) {
  check_replaceable(a.output, "manifest.json", "an earlier store of counters");
  const Progress progress = console_progress(a.json);
  const CountedCells counted = read_counted_cells(a.counted, dataset, progress);
  const StoreFigures figures =
      write_counted_store(a.output, counted, dataset, {.threads = threads}, progress);
  end_progress();
  nlohmann::json result = {{"command", "import"},
                           {"counters", a.output},
                           {"as_of", figures.as_of},
                           {"unknown_items", counted.unknown_items},
                           {"unknown_users", counted.unknown_users},
                           {"unknown_categories", counted.unknown_categories}};
  std::string text = a.output + ":";
  for (const StoreFigures::Segment& segment : figures.segments) {
    result["segments"].push_back(
        {{"name", segment.name}, {"keys", segment.rows}, {"pairs", segment.cells}});
    text += " " + segment.name + " " + std::to_string(segment.cells) + " pairs;";
  }
  if (a.json) return print_json(result);
  say(text + " left out, as unknown to the dataset: " + std::to_string(counted.unknown_items) +
      " rows of items, " + std::to_string(counted.unknown_users) + " of users, " +
      std::to_string(counted.unknown_categories) + " of categories");
}

void run_import(const ImportArguments& a) {
  const bool pairs = holds_counted_pairs(a.counted);
  if (!pairs && !holds_counted_cells(a.counted)) {
    throw Error("'" + a.counted + "' holds no counts of a cluster: it has no such manifest.json; " +
                "spark/count_pairs.py and spark/count_counters.py write them");
  }
  const Dataset dataset = Dataset::open(a.dataset);
  const int threads = a.threads > 0 ? a.threads : default_threads();
  if (pairs) return import_pairs(a, dataset, threads);
  import_cells(a, dataset, threads);
}

}  // namespace

void add_import(CLI::App& app) {
  const auto arguments = std::make_shared<ImportArguments>();
  ImportArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "import", "Make a bundle, or a store of counters, of what a cluster counted (spark/)");
  verb->footer("Example:\n  kaskad import counted --dataset data -o runs/counted");
  verb->add_option("counted", a.counted,
                   "Directory that spark/count_pairs.py or spark/count_counters.py wrote")
      ->required();
  verb->add_option("--dataset", a.dataset,
                   "Directory that `kaskad ingest` wrote, with all items that were counted: of the "
                   "log, or of some users and a table of items (--cold-items)")
      ->required();
  verb->add_option("-o,--output", a.output, "Directory of the bundle or the store")->required();
  verb->add_option("--title-feature", a.title_feature,
                   "Item feature that people know items by (default: title or name)");
  verb->add_flag("--no-histories", a.no_histories,
                 "Leave the histories of the dataset's users out of a bundle");
  verb->add_option("--threads", a.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_import(*arguments); });
}

}  // namespace kaskad::cli
