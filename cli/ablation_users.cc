// The questions of retrievers: what users took next.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/ablation_questions.h"
#include "cli/paired_timing.h"
#include "kaskad/core/error.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/results.h"
#include "kaskad/model/bundle.h"
#include "kaskad/onnx/flops.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kTimedUsers = 300;
constexpr size_t kLength = 10;  // of a list that is asked for
constexpr const char* kMetrics = "ndcg@10,hit_rate@10,mrr@10";

class UserQuestions : public AblationQuestions {
 public:
  UserQuestions(const Dataset& dataset, const std::string& split, const std::string& part)
      : dataset_(dataset),
        split_(make_split(dataset, SplitOptions::parse(split))),
        phase_(part == "test" ? split_.test : split_.validations[0]),
        part_(part) {
    if (phase_.cases.empty()) {
      throw Error("split '" + split + "': found no question in " + part + ", expected some");
    }
  }

  AblationData data() const override {
    return {.clock = dataset_.time_kind() == TimeKind::kClock,
            .actions = !dataset_.action_names().empty(),
            .item_features = !dataset_.item_features().empty(),
            .user_features = !dataset_.user_features().empty()};
  }

  json facts() const override {
    return {{"split", split_.options.to_string()},
            {"split_hash", split_.hash},
            {"request", {{"history", median_history()}, {"candidates", dataset_.num_items()}}}};
  }

  Answers answers(const std::string& run_folder) const override {
    const std::string folder = run_folder + "/ablation-" + part_;
    if (!fs::exists(folder + "/evaluation.json")) {
      const Bundle bundle = load_bundle(run_folder + "/bundle");
      EvalOptions options;
      options.metrics = parse_metrics(kMetrics, Profile::kKaskad);
      save_evaluation(folder, evaluate(*bundle.retriever, dataset_, split_, phase_, options));
    }
    const Evaluation evaluation = load_evaluation(folder);
    if (evaluation.split_hash != split_.hash) {
      throw data_error(folder + "/evaluation.json", 0, "split_hash", evaluation.split_hash,
                       split_.hash);
    }
    Answers answers;
    answers.metrics = evaluation.value_columns;
    for (const std::string& name : answers.metrics) {
      answers.definitions.push_back(evaluation.metric(name).definition);
    }
    answers.values = evaluation.values;
    return answers;
  }

  ServingCost cost(const std::string& run_folder, const std::string& baseline_folder,
                   const std::string& scratch) const override {
    const Bundle without = load_bundle(run_folder + "/bundle"),
                 with = load_bundle(baseline_folder + "/bundle");
    ServingCost cost;
    cost.flops = flops_of(without, scratch);
    const size_t count = std::min(kTimedUsers, phase_.cases.size());
    std::vector<ScoredItem> row(kLength);
    const auto ask = [&](const Retriever& retriever) {
      return [&](size_t i) {
        const EvalCase& of = phase_.cases[i * phase_.cases.size() / count];
        const Query query{.history = dataset_.history(of.user).first(of.history_end),
                          .user_features = dataset_.features(of.user),
                          .now = phase_.horizon};
        retriever.retrieve({&query, 1}, kLength, row);
      };
    };
    std::tie(cost.latency_ms, cost.baseline_latency_ms) =
        median_milliseconds(count, ask(*without.retriever), ask(*with.retriever));
    return cost;
  }

 private:
  int64_t median_history() const {
    std::vector<uint32_t> lengths;
    for (const EvalCase& one : phase_.cases) lengths.push_back(one.history_end);
    const auto middle = lengths.begin() + static_cast<ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return *middle;
  }

  // The user's graph, and a dot product with every item.
  double flops_of(const Bundle& bundle, const std::string& scratch) const {
    const json config = json::parse(bundle.manifest_text).at("config");
    const int64_t most = config.at("inputs").at("max_history");
    const std::map<std::string, int64_t> sizes = {
        {"batch", 1}, {"length", std::max<int64_t>(1, std::min(median_history(), most))}};
    const double dots =
        2 * config.at("dimension").get<double>() * static_cast<double>(dataset_.num_items());
    return count_flops(bundle.directory + "/user.onnx", sizes, scratch).total + dots;
  }

  const Dataset& dataset_;
  const Split split_;
  const Phase& phase_;
  const std::string part_;
};

}  // namespace

std::unique_ptr<AblationQuestions> user_questions(const Dataset& dataset, const std::string& split,
                                                  const std::string& part) {
  return std::make_unique<UserQuestions>(dataset, split, part);
}

}  // namespace kaskad::cli
