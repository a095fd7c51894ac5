#include "cli/train_search.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "kaskad/counters/store_writer.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/query_rankers.h"

namespace kaskad::cli {
namespace {

struct TrainSearchArguments {
  std::string dataset, lists, output, segments = "query:item", feature;
  std::vector<std::string> columns;
  std::vector<double> windows;
  Bm25Options bm25;
  bool json = false;
};

class Making {
 public:
  explicit Making(const TrainSearchArguments& a)
      : a_(a),
        dataset_(Dataset::open(a.dataset)),
        train_(Impressions::open(a.lists + "/train")),
        validation_(Impressions::open(a.lists + "/validation")) {
    check_dataset(train_, dataset_);
    check_dataset(validation_, dataset_);
  }

  void bm25() const {
    const Bm25Ranker ranker(dataset_.item_features(), dataset_.num_items(), a_.columns, a_.bm25);
    write(ranker, ranker.config_json(), [&](const std::string& to) { ranker.save(to); });
  }

  // As of the end of the validation lists, as every ranker that is measured on the test lists.
  void counters() const {
    CounterSpec spec;
    spec.segments = parse_segments(a_.segments);
    if (!a_.windows.empty()) spec.windows_days.assign(a_.windows.begin(), a_.windows.end());
    if (train_.facts().time_kind != TimeKind::kClock) spec.windows_days = {0};
    const std::string store = a_.output + "/counters";
    std::filesystem::create_directories(a_.output);
    write_counter_store(store, ListOrder({&train_, &validation_}), dataset_, spec, {},
                        console_progress(a_.json));
    const CounterRanker ranker(std::make_shared<const CounterStore>(CounterStore::open(store)),
                               a_.feature);
    write(ranker, ranker.config_json(), [&](const std::string& to) { ranker.save(to); });
  }

 private:
  void write(const Ranker& ranker, const std::string& config,
             const std::function<void(const std::string&)>& save) const {
    const double ndcg = mean_ndcg(validation_, {}, score_lists(ranker, dataset_, validation_, 0));
    RankerBundleContents contents;
    contents.dataset = &dataset_;
    contents.lists = &validation_;
    contents.split_hash = train_.facts().split_hash;
    contents.impressions_hash = train_.hash();
    contents.config_json = config;
    contents.metrics_json = nlohmann::json{{"validation", {{"ndcg@10", ndcg}}}}.dump();
    write_ranker_bundle(a_.output + "/bundle", contents, ranker, save);
    end_progress();
    if (a_.json) {
      print_json({{"command", "train-ranker"},
                  {"kind", ranker.kind()},
                  {"bundle", a_.output + "/bundle"},
                  {"validation", {{"ndcg@10", ndcg}}}});
      return;
    }
    say(ranker.kind() + " " + a_.output + "/bundle, config " + config);
  }

  const TrainSearchArguments& a_;
  const Dataset dataset_;
  const Impressions train_, validation_;
};

void add_common(CLI::App* verb, TrainSearchArguments& a) {
  verb->add_option("dataset", a.dataset, "Dataset of the lists")->required();
  verb->add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  verb->add_option("-o,--output", a.output, "Directory for the ranker")->required();
  verb->add_flag("--json", a.json, "One JSON object on standard output");
}

}  // namespace

void add_search_rankers(CLI::App& train_ranker) {
  const auto of_words = std::make_shared<TrainSearchArguments>(),
             of_counts = std::make_shared<TrainSearchArguments>();
  CLI::App* bm25 =
      train_ranker.add_subcommand("bm25", "The query's words in what items are called");
  add_common(bm25, *of_words);
  bm25->add_option("--columns", of_words->columns,
                   "Categorical features of items whose text counts (default: all)")
      ->delimiter(',');
  bm25->add_option("--k1", of_words->bm25.k1)->check(CLI::Range(0.0, 100.0))->capture_default_str();
  bm25->add_option("--b", of_words->bm25.b)->check(CLI::Range(0.0, 1.0))->capture_default_str();
  bm25->callback([of_words] { Making(*of_words).bm25(); });
  CLI::App* counters = train_ranker.add_subcommand("counters", "One counter C(q, p) alone");
  add_common(counters, *of_counts);
  counters->add_option("--segments", of_counts->segments, "As of `kaskad count`")
      ->capture_default_str();
  counters->add_option("--windows", of_counts->windows, "Days, 0: all time")->delimiter(',');
  counters->add_option("--feature", of_counts->feature,
                       "Which counter (default: the rate of the first head over the longest time)");
  counters->callback([of_counts] { Making(*of_counts).counters(); });
}

}  // namespace kaskad::cli
