#include "cli/train_gbdt.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/nested_rankers.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/core/option_name.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/booster.h"
#include "kaskad/ranking/list_halves.h"

namespace kaskad::cli {
namespace {

using nlohmann::json;

// "purchase=5" each.
std::map<std::string, double> read_weights(const std::vector<std::string>& given) {
  std::map<std::string, double> weights;
  for (const std::string& text : given) {
    const size_t at = text.find('=');
    char* end = nullptr;
    const double weight = at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 1, &end);
    if (!end || *end != '\0' || end == text.c_str() + at + 1) {
      throw Error("head weight '" + text + "': expected NAME=NUMBER");
    }
    weights[text.substr(0, at)] = weight;
  }
  return weights;
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

// Scores of a ranker on the lists that it learned from are too good; other lists of the same part
// ask for the same answers.
bool learns_from_validation(const GbdtArguments& arguments) {
  if (arguments.learn_from == "train" && !arguments.score_of.empty()) {
    throw Error(option_name("--score-of") + " needs " +
                option_set_to("--learn-from", "validation") +
                ": the nested ranker may know the answers of the train lists");
  }
  return !arguments.score_of.empty() || arguments.learn_from == "validation";
}

class TrainGbdtRun {
 public:
  explicit TrainGbdtRun(const GbdtArguments& arguments)
      : arguments_(arguments),
        dataset_(Dataset::open(arguments.dataset)),
        train_(Impressions::open(arguments.lists + "/train")),
        validation_(Impressions::open(arguments.lists + "/validation")),
        test_(Impressions::open(arguments.lists + "/test")),
        heads_(weigh_heads(train_.facts().heads, read_weights(arguments.heads))),
        nested_(open_nested(arguments.score_of, dataset_)),
        on_validation_(learns_from_validation(arguments)),
        progress_(console_progress(arguments.json)) {
    check_dataset(test_, dataset_);
  }

  // `directory` takes the models before they go into the bundle.
  GbdtFit train(const std::string& directory) const {
    if (!on_validation_) return train_on(train_, validation_, directory);
    refuse_nested_of_validation();
    const auto [learned, stopping] = halve_lists(validation_, directory);
    return train_on(learned, stopping, directory);
  }

  // A model of the user's own, over features of ours.
  GbdtFit import() const {
    if (heads_.size() != 1) {
      throw Error("a given model ranks for one head; the lists have " +
                  std::to_string(heads_.size()));
    }
    const std::string ending = std::filesystem::path(arguments_.model).extension().string();
    if (ending != ".json" && ending != ".ubj") {
      throw data_error(arguments_.model, 0, "", "a file ending in '" + ending + "'",
                       ".json or .ubj of XGBoost; `kaskad train-ranker onnx` takes ONNX");
    }
    auto model = std::make_unique<const Booster>(arguments_.model);
    std::vector<std::string> names = arguments_.features;
    if (names.empty()) names = model->feature_names();
    GbdtFeatures features = service_features();
    if (names.empty()) names = known_names(features.columns());
    GbdtFit fit;
    std::vector<HeadTrees> trees;
    trees.push_back({std::move(model), names, 0});
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
    contents.impressions_hash = learned_hash();
    contents.config_json = fit.ranker->config_json(fit.models);
    contents.libraries = {{"xgboost", xgboost_version()}};
    json figures = figures_of(fit);
    // Of the validation lists the half with which the trees were only stopped; see calibrate.cc.
    figures["learned_half"] = on_validation_ && arguments_.model.empty();
    contents.metrics_json = figures.dump();
    write_ranker_bundle(arguments_.output, contents, *fit.ranker,
                        [&](const std::string& to) { fit.ranker->save(to, fit.models); });
    return {{"command", "train-ranker"},
            {"kind", "gbdt"},
            {"dataset", arguments_.dataset},
            {"dataset_hash", dataset_.hash()},
            {"split_hash", train_.facts().split_hash},
            {"impressions_hash", learned_hash()},
            {"learned_from", on_validation_ ? "validation" : "train"},
            {"bundle", arguments_.output},
            {"features", fit.ranker->features().columns().size()},
            {"heads", figures["heads"]},
            {"seconds", seconds}};
  }

  // For training with another program: the same features that serving computes.
  void export_features(const std::string& directory) const {
    StagedDirectory staged(directory);
    for (const Impressions* lists : {&train_, &validation_, &test_}) {
      if (lists == &train_ && !nested_.empty()) continue;  // a nested ranker learned from these
      const GbdtFeatures features = features_of(*lists);
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
  GbdtFit train_on(const Impressions& learned, const Impressions& stopping,
                   const std::string& directory) const {
    GbdtOptions options = arguments_.gbdt;
    read_settings(arguments_.settings, options);
    const GbdtData data{&dataset_, &learned, &stopping, arguments_.feature_options, nested_};
    return train_gbdt(data, service_features(), heads_, options, directory, progress_);
  }

  // Halves have hashes of their own, so that training cannot see this.
  void refuse_nested_of_validation() const {
    for (const NestedRanker& nested : nested_) {
      if (nested.bundle->impressions_hash != validation_.hash()) continue;
      throw Error("ranker '" + nested.bundle->directory + "' learned from the lists '" +
                  validation_.directory() +
                  "' themselves: its scores on them are too good to learn from");
    }
  }

  const std::string& learned_hash() const { return (on_validation_ ? validation_ : train_).hash(); }

  GbdtFeatures features_of(const Impressions& lists) const {
    return list_features(arguments_.feature_options, dataset_, lists, nested_);
  }
  // What the test may know is what the ranker is put into service with.
  GbdtFeatures service_features() const { return features_of(test_); }

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
        one["course"] = fit.heads[head].course;
      }
      heads.push_back(one);
    }
    return {{"heads", heads}};
  }

  const GbdtArguments& arguments_;
  const Dataset dataset_;
  const Impressions train_, validation_, test_;
  const std::vector<Head> heads_;
  const std::vector<NestedRanker> nested_;
  const bool on_validation_;  // trees learn from one half of those lists, the other stops them
  const Progress progress_;
};

void print_train_gbdt(const json& result) {
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
    if (head["importance"].empty()) {
      std::cout << ": no split asks a feature\n";
      continue;
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

}  // namespace

void train_gbdt_ranker(const GbdtArguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const TrainGbdtRun work(arguments);
  if (!arguments.export_to.empty()) work.export_features(arguments.export_to);
  const StagedDirectory scratch(arguments.output + ".models");  // never committed
  const GbdtFit fit = arguments.model.empty() ? work.train(scratch.path()) : work.import();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const json result = work.save(fit, taken.count());
  end_progress();
  if (arguments.json) return print_json(result);
  print_train_gbdt(result);
}

}  // namespace kaskad::cli
