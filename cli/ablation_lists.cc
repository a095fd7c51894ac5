// The questions of rankers: stored lists.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/ablation_questions.h"
#include "cli/paired_timing.h"
#include "kaskad/core/error.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/dataset/query_tokens.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/onnx/flops.h"
#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/list_results.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kTimedLists = 300;

int64_t median_of(std::vector<int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class ListQuestions : public AblationQuestions {
 public:
  ListQuestions(const Dataset& dataset, const std::string& lists, const std::string& part,
                const std::vector<std::string>& heads)
      : dataset_(dataset),
        part_(part),
        heads_(heads),
        lists_(Impressions::open(lists + "/" + part)) {
    check_dataset(lists_, dataset_);
    if (describe_lists(lists_, heads_).asked == 0) {
      throw data_error(lists_.directory(), 0, "", "no list with a relevant item", "some to rank");
    }
    find_size();
  }

  AblationData data() const override {
    return {.clock = dataset_.time_kind() == TimeKind::kClock,
            .queries = lists_.has_queries(),
            .actions = !dataset_.action_names().empty(),
            .item_features = !dataset_.item_features().empty(),
            .user_features = !dataset_.user_features().empty(),
            .heads = lists_.facts().heads};
  }

  json facts() const override {
    json request = {{"history", history_}, {"candidates", candidates_}};
    if (lists_.has_queries()) request["words"] = words_;
    return {{"lists_hash", lists_.hash()},
            {"split", lists_.facts().split},
            {"split_hash", lists_.facts().split_hash},
            {"request", request}};
  }

  // On validation what the training left; the bundle already knows what came of those lists.
  Answers answers(const std::string& run_folder) const override {
    const std::string folder = run_folder + "/" + part_;
    if (part_ == "test" && !fs::exists(folder + "/evaluation.json")) {
      const RankerBundle bundle = load_ranker_bundle(run_folder);
      ListEvalOptions options;
      options.heads = heads_;
      save_list_results(
          folder,
          {evaluate_lists(*bundle.ranker, run_folder, dataset_, lists_, options), lists_.hash()});
    }
    ListResults results = load_list_results(folder);
    if (results.lists_hash != lists_.hash()) {
      throw data_error(folder + "/evaluation.json", 0, "lists_hash", results.lists_hash,
                       lists_.hash() + " of '" + lists_.directory() + "'");
    }
    Answers answers;
    for (const MetricResult& metric : results.evaluation.metrics) {
      answers.metrics.push_back(metric.name);
      answers.definitions.push_back(metric.definition);
    }
    answers.values = std::move(results.evaluation.values);
    return answers;
  }

  ServingCost cost(const std::string& run_folder, const std::string& baseline_folder,
                   const std::string& scratch) const override {
    const RankerBundle without = load_ranker_bundle(run_folder),
                       with = load_ranker_bundle(baseline_folder);
    ServingCost cost;
    cost.flops = flops_of(without, run_folder + "/bundle", scratch);
    const size_t count = std::min(kTimedLists, lists_.size());
    std::vector<float> scores;
    const auto ask = [&](const Ranker& ranker) {
      return [&](size_t i) {
        const RankRequest request = request_of(dataset_, lists_.list(i * lists_.size() / count));
        scores.resize(request.candidates.size());
        ranker.score({&request, 1}, scores);
      };
    };
    std::tie(cost.latency_ms, cost.baseline_latency_ms) =
        median_milliseconds(count, ask(*without.ranker), ask(*with.ranker));
    return cost;
  }

 private:
  // Of a request of median size, whose FLOPs are counted.
  void find_size() {
    std::vector<int64_t> history, candidates, words;
    for (size_t l = 0; l < lists_.size(); ++l) {
      const ImpressionList list = lists_.list(l);
      history.push_back(list.history_end);
      candidates.push_back(static_cast<int64_t>(list.size()));
      words.push_back(static_cast<int64_t>(query_tokens(list.query_text).size()));
    }
    history_ = median_of(std::move(history));
    candidates_ = median_of(std::move(candidates));
    words_ = std::max<int64_t>(1, median_of(std::move(words)));
  }

  // The graphs in the bundle; of InteractRank the query's, and the pass over the candidates.
  double flops_of(const RankerBundle& bundle, const std::string& folder,
                  const std::string& scratch) const {
    const int64_t most =
        json::parse(bundle.manifest_text).at("metrics").at("recipe").at("max_history");
    const int64_t events = 1 + std::min(history_, most);  // a token begins each history
    const std::map<std::string, int64_t> sizes = {
        {"events", events}, {"places", events}, {"candidates", candidates_}, {"words", words_}};
    double flops = 0;
    if (const auto* interact = dynamic_cast<const InteractRanker*>(bundle.ranker.get())) {
      flops += count_flops(folder + "/query.onnx", sizes, scratch).total;
      return flops + static_cast<double>(interact->flops_per_candidate()) *
                         static_cast<double>(candidates_);
    }
    for (const char* graph : {"/history.onnx", "/candidates.onnx"}) {
      if (fs::exists(folder + graph)) flops += count_flops(folder + graph, sizes, scratch).total;
    }
    return flops;
  }

  const Dataset& dataset_;
  const std::string part_;
  const std::vector<std::string> heads_;
  const Impressions lists_;
  int64_t history_ = 0, candidates_ = 0, words_ = 1;
};

}  // namespace

std::unique_ptr<AblationQuestions> list_questions(const Dataset& dataset, const std::string& lists,
                                                  const std::string& part,
                                                  const std::vector<std::string>& heads) {
  return std::make_unique<ListQuestions>(dataset, lists, part, heads);
}

}  // namespace kaskad::cli
