#include "kaskad/train/train_ranker.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/parallel.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/onnx/session.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/train/export_bundle.h"
#include "kaskad/train/parity.h"
#include "kaskad/train/rank/list_writers.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

// The largest difference on some validation lists.
double measure_parity(RankModel& model, const NeuralRanker& ranker, const RankData& data,
                      const RequestWriter& writer) {
  constexpr size_t kLists = 16;
  const torch::NoGradGuard no_grad;
  model.eval();
  double worst = 0;
  const size_t count = std::min(kLists, data.validation.size());
  for (size_t i = 0; i < count; ++i) {
    const ImpressionList list = data.validation.list(i * data.validation.size() / count);
    if (list.size() == 0) continue;
    const torch::Tensor logits = model.score(whole_list(data.dataset, list, writer)).contiguous();
    std::vector<float> scores(static_cast<size_t>(logits.numel()));
    const RankRequest request = request_of(data.dataset, list);
    ranker.score_heads({&request, 1}, scores);
    for (size_t s = 0; s < scores.size(); ++s) {
      const double difference = std::abs(scores[s] - logits.data_ptr<float>()[s]);
      if (std::isnan(difference)) return difference;
      worst = std::max(worst, difference);
    }
  }
  return worst;
}

class RankerRun {
 public:
  RankerRun(const Dataset& dataset, const std::string& lists, const Recipe& recipe,
            const RankerTrainOptions& options, const Progress& progress)
      : dataset_(dataset),
        recipe_(recipe),
        options_(options),
        progress_(progress),
        train_(Impressions::open(lists + "/train")),
        validation_(Impressions::open(lists + "/validation")),
        test_(Impressions::open(lists + "/test")),
        heads_(checked_heads()),
        writers_(checked(dataset), train_, validation_, test_, recipe),
        data_{dataset_, train_, validation_, writers_.train(), writers_.validation(), heads_} {}

  RankerTrainResult run() {
    at::set_num_threads(recipe_.threads > 0 ? recipe_.threads : default_threads());
    const RankTask task{.num_items = static_cast<int64_t>(dataset_.num_items()),
                        .heads = static_cast<int64_t>(heads_.size()),
                        .numbers = static_cast<int64_t>(writers_.service().numbers()),
                        .gaps = writers_.inputs().gaps,
                        .actions = static_cast<int64_t>(writers_.inputs().actions.size()),
                        .features = recipe_.item_features ? &dataset_.item_features() : nullptr};
    const auto model = make_rank_model(recipe_, task);
    check_kernel(*model);
    prepare_directory();
    const TrainIdentity identity{recipe_, train_.hash(), train_.facts().split_hash};
    const RankOutcome outcome =
        RankTrainer(*model, data_, identity, {options_.directory, options_.resume, options_.stop},
                    progress_)
            .run();
    RankerTrainResult result{.heads = heads_,
                             .stopped = outcome.stopped,
                             .epochs = outcome.state.epoch,
                             .best_epoch = outcome.state.best_epoch,
                             .best_ndcg = outcome.state.best_ndcg,
                             .train_seconds = outcome.state.seconds,
                             .curve = outcome.curve};
    if (!result.stopped) write_bundle(*model, result);
    return result;
  }

 private:
  // Before hours of training.
  void check_kernel(const RankModel& model) const {
    const RankKernel kernel = options_.kernel.value_or(RankKernel::kOnnx);
    if (kernel == RankKernel::kOnnx || model.candidate_weights()) return;
    throw Error("the model '" + to_string(recipe_.model) + "' has no kernel: found \"" +
                to_string(kernel) + "\", expected onnx; there are kernels for amortized where " +
                "candidates do not see each other, without head_cross_layers");
  }

  std::vector<Head> checked_heads() const {
    std::vector<Head> heads = weigh_heads(train_.facts().heads, recipe_.head_weights);
    if (std::any_of(heads.begin(), heads.end(), [](const Head& one) { return one.weight > 0; })) {
      return heads;
    }
    throw Error("recipe, key 'head_weights': found 0 for every head, expected one above 0");
  }

  const Dataset& checked(const Dataset& dataset) const {
    for (const Impressions* lists : {&train_, &validation_, &test_}) {
      check_dataset(*lists, dataset);
    }
    return dataset;
  }

  void prepare_directory() const {
    if (!options_.resume) {
      for (const char* name : {"bundle", "recipe.json", "curve.jsonl", "checkpoints"}) {
        fs::remove_all(options_.directory + "/" + name);
      }
    }
    fs::create_directories(options_.directory);
    write_file(options_.directory + "/recipe.json", nlohmann::json(recipe_).dump(1) + "\n");
  }

  // The trained model as a ranker, in what scores its candidates.
  std::unique_ptr<NeuralRanker> ranker_of(const RankModel& model, const RankGraphs& graphs,
                                          RankKernel kernel) const {
    NeuralRankerConfig config;
    config.architecture = to_string(recipe_.model);
    config.kernel = kernel;
    config.inputs = writers_.inputs();
    config.cache_bytes = options_.cache_bytes;
    config.whole_list = recipe_.sees_list();
    NeuralRankerParts parts{.history = graphs.history,
                            .candidates = graphs.candidates,
                            .learned = writers_.learned(),
                            .weights = std::nullopt,
                            .features = writers_.service_features()};
    if (kernel != RankKernel::kOnnx) parts.weights = model.candidate_weights();
    return std::make_unique<NeuralRanker>(config, std::move(parts), heads_);
  }

  double checked_parity(RankModel& model, const NeuralRanker& ranker, const char* what) const {
    const double parity = measure_parity(model, ranker, data_, writers_.service());
    if (parity <= kParityTolerance) return parity;
    throw Error(std::string(what) + " from the trained model by " + std::to_string(parity) +
                ", expected at most 1e-4");
  }

  void write_bundle(RankModel& model, RankerTrainResult& result) const {
    const RankGraphs graphs = model.graphs();
    const auto by_model = model.candidate_weights() ? RankKernel::kFp32 : RankKernel::kOnnx;
    result.kernel = options_.kernel.value_or(by_model);
    auto made = ranker_of(model, graphs, RankKernel::kOnnx);
    result.parity = checked_parity(model, *made, "the ONNX files differ");
    result.kernel_parity = result.parity;
    if (result.kernel != RankKernel::kOnnx) {
      // The weights are held to 1e-4 in fp32; what rounding to 8 bits adds is told, not judged.
      made = ranker_of(model, graphs, RankKernel::kFp32);
      result.kernel_parity = checked_parity(model, *made, "the fp32 kernel differs");
    }
    if (result.kernel == RankKernel::kInt8) {
      made = ranker_of(model, graphs, RankKernel::kInt8);
      result.kernel_parity = measure_parity(model, *made, data_, writers_.service());
    }
    const NeuralRanker& ranker = *made;
    RankerBundleContents contents;
    contents.dataset = &dataset_;
    contents.lists = &validation_;
    contents.split_hash = train_.facts().split_hash;
    contents.impressions_hash = train_.hash();
    contents.config_json = ranker.config_json();
    contents.metrics_json = nlohmann::json{
        {"recipe", recipe_},
        {"validation", {{"ndcg@10", result.best_ndcg}}},
        {"best_epoch",
         result.best_epoch}}.dump();
    contents.libraries = {{"libtorch", torch_version()}, {"onnxruntime", onnxruntime_version()}};
    write_ranker_bundle(options_.directory + "/bundle", contents, ranker,
                        [&](const std::string& to) { ranker.save(to); });
  }

  const Dataset& dataset_;
  const Recipe& recipe_;
  const RankerTrainOptions& options_;
  const Progress& progress_;
  const Impressions train_, validation_, test_;
  const std::vector<Head> heads_;
  const ListWriters writers_;
  const RankData data_;
};

}  // namespace

RankerTrainResult train_ranker(const Dataset& dataset, const std::string& lists,
                               const Recipe& recipe, const RankerTrainOptions& options,
                               const Progress& progress) {
  recipe.check();
  register_neural_ranker();
  return RankerRun(dataset, lists, recipe, options, progress).run();
}

}  // namespace kaskad::train
