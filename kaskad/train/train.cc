#include "kaskad/train/train.h"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/results.h"
#include "kaskad/model/bundle.h"
#include "kaskad/train/export_bundle.h"
#include "kaskad/train/sequence_course.h"
#include "kaskad/train/tensorboard.h"
#include "kaskad/train/trainer.h"
#include "kaskad/train/whole_model.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Only what a training writes; a user's own files in that folder stay.
void remove_earlier_run(const std::string& directory) {
  for (const char* name : {"bundle", "recipe.json", "curve.jsonl", "parity.json", "result.json",
                           "checkpoints", "test", "refit", "before_refit"}) {
    fs::remove_all(directory + "/" + name);
  }
  remove_event_files(directory);
}

// The parts of one call of train().
class Run {
 public:
  Run(const Dataset& dataset, const Split& split, const Recipe& recipe, const TrainOptions& options,
      const Progress& progress)
      : dataset_(dataset),
        split_(split),
        recipe_(recipe),
        options_(options),
        progress_(progress),
        group_(join_group(choose_device(recipe))) {
    check_shards(recipe, dataset, group_.get());
  }

  TrainResult run() {
    at::set_num_threads(threads());
    result_.leads = !group_ || group_->rank() == 0;
    prepare_directory();
    const Validation validation(dataset_, split_, recipe_);
    std::shared_ptr<SequenceModel> model = learn_best(validation);
    if (!result_.stopped && recipe_.refit) {
      keep_before_refit(model);
      model = refit();
    }
    if (result_.stopped) return std::move(result_);
    model = whole_model(model, recipe_, dataset_);
    if (!result_.leads) return std::move(result_);
    model->to(torch::kCPU);
    write_and_measure(std::move(model));
    return std::move(result_);
  }

 private:
  int threads() const { return recipe_.threads > 0 ? recipe_.threads : default_threads(); }
  const std::vector<uint32_t>& learned() const {
    return (recipe_.refit ? split_.test : split_.validations[0]).fit_end;
  }

  void prepare_directory() {
    if (!result_.leads) return;
    if (!options_.resume) remove_earlier_run(options_.directory);
    fs::create_directories(options_.directory);
    // The recipe of a run to resume stays until it is known to be the same.
    if (!fs::exists(recipe_path())) write_recipe();
  }
  std::string recipe_path() const { return options_.directory + "/recipe.json"; }
  void write_recipe() const { write_file(recipe_path(), nlohmann::json(recipe_).dump(1) + "\n"); }

  // Trains on `fit_end`; `directory` may hold a run to resume.
  std::shared_ptr<SequenceModel> learn(const std::vector<uint32_t>& fit_end, const Recipe& recipe,
                                       const Validation* validation, const std::string& directory,
                                       const std::string& name, TrainOutcome& outcome) {
    const Batcher batcher(dataset_, fit_end, recipe);
    std::shared_ptr<SequenceModel> model =
        make_model(recipe, dataset_, recipe.shard_items ? group_.get() : nullptr);
    Learner learner(model, recipe, batcher.target_counts(), group_.get());
    const TrainIdentity identity{recipe, dataset_.hash(), split_.hash};
    const TrainerOptions options{.directory = directory,
                                 .resume = options_.resume,
                                 .checkpoint_seconds = options_.checkpoint_seconds,
                                 .stop = options_.stop,
                                 .name = name};
    SequenceCourse course(learner, batcher, validation, group_.get());
    outcome = Trainer(course, identity, options, progress_).run();
    result_.stopped = outcome.stopped;
    result_.train_seconds += outcome.state.seconds;
    return model;
  }

  std::shared_ptr<SequenceModel> learn_best(const Validation& validation) {
    TrainOutcome outcome;
    auto model = learn(split_.validations[0].fit_end, recipe_, &validation, options_.directory,
                       to_string(recipe_.model), outcome);
    result_.curve = outcome.curve;
    result_.epochs = outcome.state.epoch;
    result_.best_epoch = outcome.state.best_epoch;
    result_.best_ndcg = outcome.state.best_ndcg;
    return model;
  }

  // The model that does not know the validation answers: an ensemble fits its weight by it.
  void keep_before_refit(const std::shared_ptr<SequenceModel>& learned) {
    const std::shared_ptr<SequenceModel> whole = whole_model(learned, recipe_, dataset_);
    if (!result_.leads) return;
    SequenceModel& model = *whole;
    const torch::Device device = model.parameters().front().device();
    model.to(torch::kCPU);
    const Phase& phase = split_.validations[0];
    const std::string directory = options_.directory + "/before_refit";
    const ExportedModel exported =
        export_model(model, recipe_, dataset_, phase.fit_end, options_.directory + "/parity");
    write_neural_bundle(directory + "/bundle", exported, recipe_, dataset_, split_, phase, "{}");
    model.to(device);
  }

  // Once more on train and validation together, for as many epochs as were best.
  std::shared_ptr<SequenceModel> refit() {
    Recipe again = recipe_;
    again.epochs = result_.best_epoch;
    TrainOutcome outcome;
    return learn(split_.test.fit_end, again, nullptr, options_.directory + "/refit",
                 to_string(recipe_.model) + ", refit", outcome);
  }

  void write_and_measure(std::shared_ptr<SequenceModel> model) {
    report(progress_, {"writing the bundle", 0, 0, ""});
    write_recipe();
    const std::string& directory = options_.directory;
    const ExportedModel exported =
        export_model(*model, recipe_, dataset_, learned(), directory + "/parity");
    model.reset();  // its table of items is large, and in what was exported
    result_.parity = exported.parity;
    write_file(directory + "/parity.json", to_json(exported.parity).dump(1) + "\n");
    const auto write = [&](const std::string& metrics) {
      write_neural_bundle(directory + "/bundle", exported, recipe_, dataset_, split_, split_.test,
                          metrics);
    };
    write("{}");
    const Bundle bundle = load_bundle(directory + "/bundle");
    measure_test(*bundle.retriever);
    write(kaskad::to_json(result_.test)["metrics"].dump());
    save_evaluation(directory + "/test", result_.test);
    result_.peak_memory = peak_memory();
    write_file(directory + "/result.json", result_json(result_, recipe_, directory).dump(1) + "\n");
  }

  void measure_test(const Retriever& retriever) {
    const Catalogue catalogue(dataset_, split_.test);
    EvalOptions options;
    options.metrics = default_metrics(Profile::kKaskad, !catalogue.distance.empty());
    options.threads = threads();
    options.bootstrap = options_.bootstrap;
    const auto start = Clock::now();
    RankedCases ranked =
        rank_cases(retriever, dataset_, split_.test,
                   {.k = longest_k(options.metrics), .threads = options.threads}, progress_);
    result_.score_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ranked.model = to_string(recipe_.model);
    result_.test = measure(ranked, catalogue, split_, split_.test, dataset_, options);
    result_.segments = make_segments(result_.test, ranked, catalogue, dataset_);
  }

  const Dataset& dataset_;
  const Split& split_;
  const Recipe& recipe_;
  const TrainOptions& options_;
  const Progress& progress_;
  std::unique_ptr<Group> group_;
  TrainResult result_;
};

}  // namespace

TrainResult train(const Dataset& dataset, const Split& split, const Recipe& recipe,
                  const TrainOptions& options, const Progress& progress) {
  recipe.check();
  if (recipe.ranks()) make_model(recipe, dataset);  // throws: it retrieves nothing
  return Run(dataset, split, recipe, options, progress).run();
}

nlohmann::json result_json(const TrainResult& result, const Recipe& recipe,
                           const std::string& directory) {
  nlohmann::json line = to_json(result.test);
  line["config"] = recipe;
  line["values"] = directory + "/test";
  line["bundle"] = directory + "/bundle";
  line["curve"] = directory + "/curve.jsonl";
  line["segments"] = to_json(result.segments);
  line["epochs"] = result.epochs;
  line["best_epoch"] = result.best_epoch;
  line["validation"] = {{"ndcg@10", result.best_ndcg}};
  line["train_seconds"] = result.train_seconds;
  line["score_seconds"] = result.score_seconds;
  line["peak_memory_bytes"] = result.peak_memory;
  line["parity"] = result.parity.worst();
  return line;
}

}  // namespace kaskad::train
