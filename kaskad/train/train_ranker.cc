#include "kaskad/train/train_ranker.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/parallel.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/onnx/session.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/list_results.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/train/export_bundle.h"
#include "kaskad/train/parity.h"
#include "kaskad/train/rank/interact_rank.h"
#include "kaskad/train/rank/list_writers.h"
#include "kaskad/train/rank/positives.h"
#include "kaskad/train/rank/rank_course.h"
#include "kaskad/train/tensorboard.h"
#include "kaskad/train/trainer.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

// The largest difference on some validation lists.
double measure_parity(RankModel& model, const Ranker& ranker, const RankData& data,
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
        counters_(counted(checked(dataset))),
        positives_(count_positives(train_, dataset.num_items(), recipe.logq_epsilon)),
        writers_(dataset, train_, validation_, test_, recipe, counters_.get()),
        data_{dataset_,
              train_,
              validation_,
              writers_.train(),
              writers_.validation(),
              heads_,
              counters_ ? &counters_->train() : nullptr} {}

  RankerTrainResult run() {
    at::set_num_threads(recipe_.threads > 0 ? recipe_.threads : default_threads());
    const auto model = make_rank_model(recipe_, task());
    check_kernel(*model);
    prepare_directory();
    const TrainIdentity identity{recipe_, train_.hash(), train_.facts().split_hash};
    RankCourse course(*model, data_, recipe_);
    const TrainerOptions trainer{.directory = options_.directory,
                                 .resume = options_.resume,
                                 .stop = options_.stop,
                                 .name = to_string(recipe_.model)};
    const TrainOutcome outcome = Trainer(course, identity, trainer, progress_).run();
    RankerTrainResult result{.heads = heads_,
                             .stopped = outcome.stopped,
                             .epochs = outcome.state.epoch,
                             .best_epoch = outcome.state.best_epoch,
                             .best_ndcg = outcome.state.best_ndcg,
                             .train_seconds = outcome.state.seconds,
                             .curve = outcome.curve};
    if (result.stopped) return result;
    if (auto* interact = dynamic_cast<InteractRank*>(model.get())) {
      write_interact(*interact, result);
    } else {
      write_neural(*model, result);
    }
    return result;
  }

 private:
  // Before hours of training.
  void check_kernel(const RankModel& model) const {
    const RankKernel kernel = options_.kernel.value_or(RankKernel::kOnnx);
    if (kernel == RankKernel::kOnnx || model.candidate_weights()) return;
    throw Error("the model '" + to_string(recipe_.model) + "' has no kernel: found \"" +
                to_string(kernel) + "\", expected onnx; there are kernels for amortized where " +
                "candidates do not see each other");
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

  std::unique_ptr<const CountedLists> counted(const Dataset& dataset) const {
    if (recipe_.model != ModelKind::kInteractRank || recipe_.counters.empty()) return nullptr;
    return std::make_unique<const CountedLists>(dataset, train_, validation_, recipe_,
                                                options_.directory + "/counters", progress_);
  }

  RankTask task() {
    RankTask task;
    task.num_items = static_cast<int64_t>(dataset_.num_items());
    task.heads = static_cast<int64_t>(heads_.size());
    task.numbers = static_cast<int64_t>(writers_.service().numbers());
    task.gaps = writers_.inputs().gaps;
    task.actions = static_cast<int64_t>(writers_.inputs().actions.size());
    if (recipe_.item_features && !dataset_.item_features().empty()) {
      task.features = &dataset_.item_features();
    }
    task.ages = writers_.inputs().ages;
    task.query_side = writers_.query_side();
    task.users = &dataset_.user_features();
    task.base_logits = positives_.base_logits;
    for (const Head& head : heads_) task.head_weights.push_back(head.weight);
    if (recipe_.model == ModelKind::kInteractRank && recipe_.logq != LogqKind::kNone) {
      task.frequency = &frequency_.emplace(positives_.items);
    }
    return task;
  }

  void prepare_directory() const {
    if (!options_.resume) {
      for (const char* name :
           {"bundle", "recipe.json", "curve.jsonl", "checkpoints", "validation"}) {
        fs::remove_all(options_.directory + "/" + name);
      }
      remove_event_files(options_.directory);
    }
    fs::create_directories(options_.directory);
    write_file(options_.directory + "/recipe.json", nlohmann::json(recipe_).dump(1) + "\n");
  }

  // The trained model as a ranker, in what scores its candidates.
  std::unique_ptr<NeuralRanker> ranker_of(const RankModel& model, const RankGraphs& graphs,
                                          RankKernel kernel,
                                          std::shared_ptr<const ScaledFeatures> features) const {
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
                            .features = std::move(features)};
    if (kernel != RankKernel::kOnnx) parts.weights = model.candidate_weights();
    return std::make_unique<NeuralRanker>(config, std::move(parts), heads_);
  }

  double checked_parity(RankModel& model, const Ranker& ranker, const char* what) const {
    const double parity = measure_parity(model, ranker, data_, writers_.service());
    if (parity <= kParityTolerance) return parity;
    throw Error(std::string(what) + " from the trained model by " + std::to_string(parity) +
                ", expected at most 1e-4");
  }

  void write_neural(RankModel& model, RankerTrainResult& result) const {
    const RankGraphs graphs = model.graphs();
    const auto by_model = model.candidate_weights() ? RankKernel::kFp32 : RankKernel::kOnnx;
    result.kernel = options_.kernel.value_or(by_model);
    const auto made_of = [&](RankKernel kernel) {
      return ranker_of(model, graphs, kernel, writers_.service_features());
    };
    auto made = made_of(RankKernel::kOnnx);
    result.parity = checked_parity(model, *made, "the ONNX files differ");
    result.kernel_parity = result.parity;
    if (result.kernel != RankKernel::kOnnx) {
      // The weights are held to 1e-4 in fp32; what rounding to 8 bits adds is told, not judged.
      made = made_of(RankKernel::kFp32);
      result.kernel_parity = checked_parity(model, *made, "the fp32 kernel differs");
    }
    if (result.kernel == RankKernel::kInt8) {
      made = made_of(RankKernel::kInt8);
      result.kernel_parity = measure_parity(model, *made, data_, writers_.service());
    }
    if (options_.measure_validation) {
      measure(*ranker_of(model, graphs, result.kernel, writers_.validation_features()));
    }
    write_bundle(
        *made, made->config_json(), [&](const std::string& to) { made->save(to); }, result);
  }

  // As of the validation lists, when nothing that came of them is known.
  void measure(const Ranker& as_of_validation) const {
    ListEvalOptions options;
    options.heads = options_.measured_heads;
    options.threads = recipe_.threads;
    const ListEvaluation evaluation = evaluate_lists(as_of_validation, to_string(recipe_.model),
                                                     dataset_, validation_, options, progress_);
    if (evaluation.values.empty()) {
      throw data_error(validation_.directory(), 0, "", "no list with a relevant item",
                       "some to measure the ranker on");
    }
    save_list_results(options_.directory + "/validation", {evaluation, validation_.hash()});
  }

  void write_interact(InteractRank& model, RankerTrainResult& result) const {
    model.eval();
    const RankGraphs graphs = model.graphs();
    const InteractConfig config{.inputs = writers_.inputs(),
                                .dimension = static_cast<size_t>(recipe_.dimension),
                                .retrieval_scores = recipe_.retrieval_scores};
    InteractParts parts{.query = graphs.history,
                        .item = graphs.candidates,
                        .vectors = model.all_vectors(writers_.learned()),
                        .learned = writers_.learned(),
                        .affine = model.affine(),
                        .query_side = *writers_.query_side(),
                        .features = writers_.validation_features()};
    if (counters_) {
      parts.counters = counters_->validation_store();
      parts.counter_scale = counters_->validation().scale;
    }
    if (options_.measure_validation) measure(InteractRanker(config, parts, heads_));
    parts.features = writers_.service_features();
    if (counters_) {
      parts.counters = counters_->store();
      parts.counter_scale = counters_->service().scale;
    }
    const InteractRanker ranker(config, std::move(parts), heads_);
    result.kernel = RankKernel::kFp32;
    result.parity = result.kernel_parity = checked_parity(model, ranker, "what is served differs");
    write_bundle(
        ranker, ranker.config_json(), [&](const std::string& to) { ranker.save(to); }, result);
  }

  void write_bundle(const Ranker& ranker, const std::string& config_json,
                    const std::function<void(const std::string&)>& save,
                    const RankerTrainResult& result) const {
    RankerBundleContents contents;
    contents.dataset = &dataset_;
    contents.lists = &validation_;
    contents.split_hash = train_.facts().split_hash;
    contents.impressions_hash = train_.hash();
    contents.config_json = config_json;
    contents.metrics_json = nlohmann::json{
        {"recipe", recipe_},
        {"validation", {{"ndcg@10", result.best_ndcg}}},
        {"best_epoch",
         result.best_epoch}}.dump();
    contents.libraries = {{"libtorch", torch_version()}, {"onnxruntime", onnxruntime_version()}};
    write_ranker_bundle(options_.directory + "/bundle", contents, ranker, save);
  }

  const Dataset& dataset_;
  const Recipe& recipe_;
  const RankerTrainOptions& options_;
  const Progress& progress_;
  const Impressions train_, validation_, test_;
  const std::vector<Head> heads_;
  const std::unique_ptr<const CountedLists> counters_;  // null: the model counts nothing
  const Positives positives_;
  std::optional<CountedFrequency> frequency_;
  const ListWriters writers_;
  const RankData data_;
};

}  // namespace

RankerTrainResult train_ranker(const Dataset& dataset, const std::string& lists,
                               const Recipe& recipe, const RankerTrainOptions& options,
                               const Progress& progress) {
  recipe.check();
  register_neural_ranker();
  register_interact_ranker();
  return RankerRun(dataset, lists, recipe, options, progress).run();
}

}  // namespace kaskad::train
