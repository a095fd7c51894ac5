// The whole way on a small log: train, export, bundle, figures on test.
#include "kaskad/train/train.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/eval/results.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/retrieval/popularity.h"
#include "tests/dataset/messages.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

class TrainTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { register_neural(); }
  TrainResult run(const Recipe& recipe, bool resume = false) {
    TrainOptions options;
    options.directory = output_;
    options.resume = resume;
    options.bootstrap.resamples = 100;
    return train(planted_.log.data, planted_.split, recipe, options);
  }
  double popularity() const {
    const auto model = PopularityRetriever::fit(planted_.log.data, planted_.split.test);
    EvalOptions options;
    options.metrics = parse_metrics("ndcg@10", Profile::kKaskad);
    options.bootstrap.resamples = 1;
    return evaluate(*model, planted_.log.data, planted_.split, planted_.split.test, options)
        .metric("ndcg@10")
        .interval.value;
  }

  PlantedSequence planted_;
  TempDir directory_;
  const std::string output_ = directory_ / "run";
};
using SlowTrainTest = TrainTest;

TEST_F(TrainTest, LeavesABundleThatAnswersAsMeasured) {
  const TrainResult result = run(quick_recipe(ModelKind::kSasrec));
  for (const char* name : {"bundle/manifest.json", "bundle/user.onnx", "bundle/items.npy",
                           "recipe.json", "curve.jsonl", "parity.json", "result.json",
                           "checkpoints/last", "checkpoints/best", "test/values.npy"}) {
    EXPECT_TRUE(fs::exists(output_ + "/" + name)) << name;
  }
  const Bundle bundle = load_bundle(output_ + "/bundle");
  EXPECT_EQ(bundle.kind, "neural");
  EXPECT_EQ(bundle.split_hash, planted_.split.hash);
  EvalOptions options;
  options.bootstrap.resamples = 100;
  const Evaluation again =
      evaluate(*bundle.retriever, planted_.log.data, planted_.split, planted_.split.test, options);
  EXPECT_EQ(again.values, result.test.values);
  // Histories reach to the test event, the 8th of 8.
  EXPECT_EQ(bundle.history(UserId{0}).size(), 7u);
  const auto manifest = nlohmann::json::parse(bundle.manifest_text);
  EXPECT_EQ(manifest["config"]["recipe"]["model"], "sasrec");
  EXPECT_EQ(manifest["metrics"]["ndcg@10"]["value"], result.test.metric("ndcg@10").interval.value);
  EXPECT_TRUE(manifest["libraries"].contains("libtorch"));
  EXPECT_LT(result.parity.worst(), kParityTolerance);
  EXPECT_EQ(load_evaluation(output_ + "/test").values, result.test.values);
  const auto line = result_json(result, quick_recipe(ModelKind::kSasrec), output_);
  for (const char* key : {"model", "metrics", "split_hash", "dataset_hash", "values", "config",
                          "epochs", "train_seconds", "peak_memory_bytes"}) {
    EXPECT_TRUE(line.contains(key)) << key;
  }
}

TEST_F(TrainTest, FinishedRunIsMeasuredAgainWithoutLearning) {
  const Recipe recipe = quick_recipe(ModelKind::kTwoTower);
  const TrainResult first = run(recipe);
  const TrainResult second = run(recipe, /*resume=*/true);
  EXPECT_EQ(second.test.values, first.test.values);
  EXPECT_EQ(second.epochs, first.epochs);
}

TEST_F(TrainTest, RefitLearnsTheValidationEventsToo) {
  Recipe recipe = quick_recipe(ModelKind::kSasrec);
  recipe.refit = true;
  const TrainResult result = run(recipe);
  EXPECT_EQ(read_curve(output_ + "/refit/curve.jsonl").size(),
            static_cast<size_t>(result.best_epoch));
  // 200 users with 7 events each before the test.
  const NpyFile<uint64_t> popularity(output_ + "/bundle/popularity.npy");
  uint64_t events = 0;
  for (const uint64_t count : popularity.values()) events += count;
  EXPECT_EQ(events, 1400u);
  // The model from before has learned 6 events of each and knows no answer of the validation.
  const NpyFile<uint64_t> before(output_ + "/before_refit/bundle/popularity.npy");
  events = 0;
  for (const uint64_t count : before.values()) events += count;
  EXPECT_EQ(events, 1200u);
}

TEST_F(TrainTest, StoppedRunLeavesACheckpointAndNoBundle) {
  TrainOptions options;
  options.directory = output_;
  options.stop = [steps = 0]() mutable { return ++steps == 5; };
  const TrainResult result =
      train(planted_.log.data, planted_.split, quick_recipe(ModelKind::kSasrec), options);
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(fs::exists(output_ + "/bundle"));
  EXPECT_TRUE(fs::exists(output_ + "/checkpoints/last/state.json"));
  EXPECT_FALSE(run(quick_recipe(ModelKind::kSasrec), /*resume=*/true).stopped);
}

TEST_F(SlowTrainTest, EveryKindLearnsAndLeavesABundle) {
  for (const ModelKind model : {ModelKind::kSasrec, ModelKind::kBert4rec, ModelKind::kTwoTower}) {
    Recipe recipe = quick_recipe(model);
    recipe.epochs = 5;
    const TrainResult result = run(recipe);
    EXPECT_LT(result.curve.back().loss, result.curve.front().loss) << to_string(model);
    EXPECT_NO_THROW(load_bundle(output_ + "/bundle")) << to_string(model);
  }
}

TEST_F(SlowTrainTest, SasrecLearnsAnOrderThatPopularityCannotKnow) {
  Recipe recipe = quick_recipe(ModelKind::kSasrec);
  recipe.dimension = 32;
  recipe.blocks = 2;
  recipe.epochs = 60;
  const TrainResult result = run(recipe);
  EXPECT_LT(popularity(), 0.3);  // by lot: sum of 1 / log2(1 + rank) to 10, over 23: .2
  EXPECT_GT(result.test.metric("ndcg@10").interval.low, popularity() + 0.3);
}

TEST_F(SlowTrainTest, SasrecResumesExactly) {
  Recipe recipe = quick_recipe(ModelKind::kSasrec);
  recipe.dropout = 0.2;
  recipe.epochs = 3;
  const TrainResult whole = run(recipe);
  TrainOptions options;
  options.directory = output_;
  options.stop = [steps = 0]() mutable { return ++steps == 12; };
  ASSERT_TRUE(train(planted_.log.data, planted_.split, recipe, options).stopped);
  const TrainResult resumed = run(recipe, /*resume=*/true);
  ASSERT_EQ(resumed.curve.size(), whole.curve.size());
  for (size_t i = 0; i < whole.curve.size(); ++i) {
    EXPECT_EQ(resumed.curve[i].loss, whole.curve[i].loss) << "epoch " << i + 1;
  }
  EXPECT_EQ(resumed.test.values, whole.test.values);
}

}  // namespace
}  // namespace kaskad::train
