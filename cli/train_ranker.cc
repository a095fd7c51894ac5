// kaskad train-ranker: a ranker learned from stored lists, or one that was trained elsewhere.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/train/ranker.h"
#include "cli/training_program.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/gbdt_training.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Arguments {
  std::string dataset, lists, output, model, export_to;
  std::vector<std::string> heads, settings, features;
  FeatureOptions feature_options;
  GbdtOptions gbdt;
  bool json = false;
};

// "click=1,purchase=5": weights of heads; those that are not named have weight 1.
std::vector<Head> weigh_heads(const std::vector<std::string>& names,
                              const std::vector<std::string>& given) {
  std::vector<Head> heads;
  for (const std::string& name : names) heads.push_back({name, 1});
  for (const std::string& text : given) {
    const size_t at = text.find('=');
    const auto head = std::find_if(heads.begin(), heads.end(),
                                   [&](const Head& one) { return one.name == text.substr(0, at); });
    char* end = nullptr;
    const float weight = at == std::string::npos ? 0 : std::strtof(text.c_str() + at + 1, &end);
    if (head == heads.end() || !end || *end != '\0' || end == text.c_str() + at + 1) {
      std::string known;
      for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
      throw Error("head weight '" + text + "': expected NAME=NUMBER with a name of: " + known);
    }
    head->weight = weight;
  }
  return heads;
}

void read_settings(const std::vector<std::string>& settings, GbdtOptions& options) {
  for (const std::string& text : settings) {
    const size_t at = text.find('=');
    if (at == std::string::npos || at == 0) {
      throw Error("setting '" + text + "': expected NAME=VALUE, as in lambda=2");
    }
    options.more[text.substr(0, at)] = text.substr(at + 1);
  }
}

class Run {
 public:
  explicit Run(const Arguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        train_(Impressions::open(arguments.lists + "/train")),
        validation_(Impressions::open(arguments.lists + "/validation")),
        test_(Impressions::open(arguments.lists + "/test")),
        heads_(weigh_heads(train_.facts().heads, arguments.heads)),
        progress_(console_progress(arguments.json)) {
    check_dataset(test_, dataset_);
  }

  // `directory` takes the models before they go into the bundle.
  GbdtFit train(const std::string& directory) const {
    GbdtOptions options = arguments_.gbdt;
    read_settings(arguments_.settings, options);
    const GbdtData data{&dataset_, &train_, &validation_, arguments_.feature_options};
    return train_gbdt(data, service_features(), heads_, options, directory, progress_);
  }

  // A model of the user's own, over features of ours.
  GbdtFit import() const {
    if (heads_.size() != 1) {
      throw Error("a given model ranks for one head; the lists have " +
                  std::to_string(heads_.size()));
    }
    Booster booster(arguments_.model);
    std::vector<std::string> names = arguments_.features;
    if (names.empty()) names = booster.feature_names();
    RankingFeatures features = service_features();
    if (names.empty()) {
      for (const FeatureColumn& column : features.columns()) names.push_back(column.name);
    }
    GbdtFit fit;
    std::vector<HeadTrees> trees;
    trees.push_back({std::move(booster), names, 0});
    fit.ranker = std::make_unique<GbdtRanker>(std::move(features), heads_, std::move(trees));
    fit.models = {arguments_.model};
    fit.heads.resize(1);
    return fit;
  }

  json save(const GbdtFit& fit, double seconds) const {
    RankerBundleContents contents;
    contents.dataset = &dataset_;
    contents.lists = &validation_;
    contents.split_hash = train_.facts().split_hash;
    contents.impressions_hash = train_.hash();
    contents.config_json = fit.ranker->config_json(fit.models);
    contents.libraries = {{"xgboost", xgboost_version()}};
    const json figures = figures_of(fit);
    contents.metrics_json = figures.dump();
    write_ranker_bundle(arguments_.output, contents, *fit.ranker,
                        [&](const std::string& to) { fit.ranker->save(to, fit.models); });
    return {{"command", "train-ranker"},
            {"kind", "gbdt"},
            {"dataset", arguments_.dataset},
            {"dataset_hash", dataset_.hash()},
            {"split_hash", train_.facts().split_hash},
            {"impressions_hash", train_.hash()},
            {"bundle", arguments_.output},
            {"features", fit.ranker->features().columns().size()},
            {"heads", figures["heads"]},
            {"seconds", seconds}};
  }

  // For training with another program: the same features that serving computes.
  void export_features(const std::string& directory) const {
    StagedDirectory staged(directory);
    for (const Impressions* lists : {&train_, &validation_, &test_}) {
      const RankingFeatures features = features_of(*lists);
      const std::string prefix = staged.path() + "/" + lists->facts().part + "_";
      const auto rows = compute_features(features, dataset_, *lists, arguments_.gbdt.threads);
      write_npy(prefix + "features.npy", rows,
                {lists->num_candidates(), features.columns().size()});
      write_labels(*lists, prefix);
      json columns = json::array();
      for (const FeatureColumn& column : features.columns()) {
        columns.push_back({{"name", column.name}, {"categories", column.categories}});
      }
      write_file(staged.file("columns.json"), columns.dump(1) + "\n");
    }
    staged.commit();
  }

 private:
  RankingFeatures features_of(const Impressions& lists) const {
    std::shared_ptr<const ItemCounters> counters;
    if (arguments_.feature_options.counters) {
      counters = ItemCounters::build(dataset_, lists.known_end());
    }
    return {arguments_.feature_options, dataset_, counters, lists.facts().contexts};
  }
  // What the test may know is what the ranker is put into service with.
  RankingFeatures service_features() const { return features_of(test_); }

  static void write_labels(const Impressions& lists, const std::string& prefix) {
    std::vector<float> labels;
    std::vector<uint32_t> sizes;
    for (size_t l = 0; l < lists.size(); ++l) {
      const ImpressionList list = lists.list(l);
      labels.insert(labels.end(), list.labels.begin(), list.labels.end());
      sizes.push_back(static_cast<uint32_t>(list.size()));
    }
    write_npy(prefix + "labels.npy", labels, {lists.num_candidates(), lists.num_heads()});
    write_npy(prefix + "list_sizes.npy", sizes);
  }

  json figures_of(const GbdtFit& fit) const {
    json heads = json::array();
    for (size_t head = 0; head < fit.heads.size(); ++head) {
      json importance = json::array();
      for (const auto& [name, gain] : fit.ranker->importance(head)) {
        importance.push_back({{"feature", name}, {"gain", gain}});
      }
      json one = {
          {"name", heads_[head].name}, {"weight", heads_[head].weight}, {"importance", importance}};
      if (fit.heads[head].rounds > 0) {
        one["rounds"] = fit.heads[head].rounds;
        one["tried"] = fit.heads[head].course.size();
        one["validation"] = {{"ndcg@10", fit.heads[head].ndcg}};
      }
      heads.push_back(one);
    }
    return {{"heads", heads}};
  }

  const Arguments& arguments_;
  const Dataset dataset_;
  const Impressions train_, validation_, test_;
  const std::vector<Head> heads_;
  const Progress progress_;
};

void print(const json& result) {
  constexpr size_t kShown = 15;
  for (const json& head : result["heads"]) {
    std::cout << "head " << head["name"].get<std::string>();
    if (head.contains("rounds")) {
      char figure[96];
      std::snprintf(figure, sizeof(figure), ": %u trees of %zu tried, validation ndcg@10 %.4f",
                    head["rounds"].get<unsigned>(), head["tried"].get<size_t>(),
                    head["validation"]["ndcg@10"].get<double>());
      std::cout << figure;
    }
    std::vector<std::vector<std::string>> rows = {{"feature", "mean gain of a split"}};
    for (size_t i = 0; i < std::min(kShown, head["importance"].size()); ++i) {
      const json& entry = head["importance"][i];
      char gain[32];
      std::snprintf(gain, sizeof(gain), "%.3g", entry["gain"].get<double>());
      rows.push_back({entry["feature"], gain});
    }
    std::cout << "\n\n" << aligned(rows) << "\n";
  }
  std::cout << std::flush;
  say("ranker " + result["bundle"].get<std::string>());
}

void run(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const Run work(arguments);
  if (!arguments.export_to.empty()) work.export_features(arguments.export_to);
  const StagedDirectory scratch(arguments.output + ".models");  // never committed
  const GbdtFit fit = arguments.model.empty() ? work.train(scratch.path()) : work.import();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const json result = work.save(fit, taken.count());
  end_progress();
  if (arguments.json) return print_json(result);
  print(result);
}

void add_tree_options(CLI::App* verb, Arguments& a) {
  verb->add_option("--objective", a.gbdt.objective,
                   "rank:ndcg, rank:pairwise, or binary:logistic for a probability")
      ->capture_default_str();
  verb->add_option("--rounds", a.gbdt.rounds, "Trees at most")->capture_default_str();
  verb->add_option("--patience", a.gbdt.patience,
                   "Stop after so many rounds without a better validation NDCG@10 (0: never)")
      ->capture_default_str();
  verb->add_option("--learning-rate", a.gbdt.learning_rate)
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  verb->add_option("--depth", a.gbdt.depth, "Of a tree")->capture_default_str();
  verb->add_option("--min-child-weight", a.gbdt.min_child_weight,
                   "Sum of second derivatives that a leaf must hold")
      ->capture_default_str();
  verb->add_option("--subsample", a.gbdt.subsample, "Of the rows, for each tree")
      ->check(CLI::Range(1e-3, 1.0))
      ->capture_default_str();
  verb->add_option("--column-share", a.gbdt.column_share, "Of the features, for each tree")
      ->check(CLI::Range(1e-3, 1.0))
      ->capture_default_str();
  verb->add_option("--retrieval-prior", a.gbdt.retrieval_prior,
                   "Trees begin at the order of retrieval, at -A ln(rank); 0: at nothing. Not for "
                   "binary:logistic")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb->add_option("--set", a.settings, "Further settings NAME=VALUE, as XGBoost names them");
}

void add_feature_options(CLI::App* verb, Arguments& a) {
  verb->add_flag_callback(
      "--no-counters", [&a] { a.feature_options.counters = false; },
      "Without popularity and recency");
  verb->add_flag_callback(
      "--no-history", [&a] { a.feature_options.history = false; },
      "Without the history's length and ages");
  verb->add_flag_callback(
      "--no-items", [&a] { a.feature_options.items = false; }, "Without item features");
  verb->add_flag_callback(
      "--no-users", [&a] { a.feature_options.users = false; }, "Without user features");
  verb->add_option("--newest", a.feature_options.newest,
                   "Overlap is also taken with so many of the newest events")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
}

CLI::App* add_kind(CLI::App* verb, Arguments& a) {
  CLI::App* gbdt = verb->add_subcommand("gbdt", "Gradient-boosted trees (XGBoost)");
  gbdt->footer(
      "Examples:\n"
      "  kaskad train-ranker gbdt ml1m lists -o runs/gbdt\n"
      "  kaskad train-ranker gbdt ml1m lists --no-counters -o runs/gbdt-plain\n"
      "  kaskad train-ranker gbdt ml1m lists --model mine.json -o runs/mine");
  gbdt->add_option("dataset", a.dataset, "Dataset of the lists")->required();
  gbdt->add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  gbdt->add_option("--head-weight", a.heads,
                   "NAME=WEIGHT in the final score (default 1); may be repeated");
  add_tree_options(gbdt, a);
  add_feature_options(gbdt, a);
  gbdt->add_option("--model", a.model,
                   "Take this XGBoost model (.json, .ubj) instead of training one");
  gbdt->add_option("--model-features", a.features,
                   "Names of its features in its order (default: as the file has them)")
      ->delimiter(',');
  gbdt->add_option("--export-features", a.export_to,
                   "Also write the features of all lists here (.npy), to train elsewhere");
  gbdt->add_option("--threads", a.gbdt.threads, "0: all")->check(CLI::Range(0, 1024));
  gbdt->add_option("--seed", a.gbdt.seed)->capture_default_str();
  gbdt->add_flag("--json", a.json, "One JSON object on standard output");
  gbdt->add_option("-o,--output", a.output, "Directory for the ranker")->required();
  return gbdt;
}

}  // namespace

void add_train_ranker(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      app.add_subcommand("train-ranker", "Train a ranker on stored lists, or take one of your own");
  verb->footer("Example:\n  kaskad train-ranker gbdt ml1m lists -o runs/gbdt");
  verb->require_subcommand(1);
  add_kind(verb, *arguments)->callback([arguments] { run(*arguments); });
  CLI::App* neural = verb->add_subcommand(
      "neural", "Amortized attention or BST, exported as ONNX (--help for options)");
  neural->set_help_flag();  // all options, --help among them, are those of kaskad-train
  neural->prefix_command();
  neural->callback([neural] {
    std::vector<std::string> given = {kTrainRankerWord};
    for (const std::string& argument : neural->remaining()) given.push_back(argument);
    start_training_program("kaskad train-ranker neural", std::move(given));
  });
}

}  // namespace kaskad::cli
