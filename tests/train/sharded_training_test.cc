// Trainings whose items lie spread over processes (shard_items), beside the same trainings with the
// whole table in each.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/npy.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/train/batcher.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/share_files.h"
#include "kaskad/train/train.h"
#include "kaskad/train/whole_model.h"
#include "tests/dataset/messages.h"
#include "tests/train/processes.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

// Sums over rows are made in another order; Adam divides by them.
constexpr double kTolerance = 2e-4;

Recipe shard_recipe(ModelKind model, LossKind loss = LossKind::kSampledSoftmax) {
  Recipe recipe = quick_recipe(model);
  recipe.epochs = 3;
  recipe.loss = loss;
  recipe.num_negatives = 6;
  return recipe;
}

// Ten items, and a category for each.
struct SmallShop {
  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (uint64_t user = 0; user < 25; ++user) {
      for (uint64_t event = 0; event < 6; ++event) {
        rows.push_back({numbered('u', user), numbered('i', (user + event * (1 + user % 3)) % 10),
                        static_cast<int64_t>(event) * 1000});
      }
    }
    return rows;
  }
  static DatasetContents contents() {
    DatasetContents contents{.time_kind = TimeKind::kClock};
    contents.item_features.categorical = {{.name = "kind",
                                           .names = {"a", "b", "c"},
                                           .offsets = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
                                           .codes = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0}}};
    return contents;
  }

  TestDataset log{rows(), contents()};
  Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
};

// Four steps of a model in `size` processes; process 0 keeps the weights and losses in `path`.
bool learn_together(const SmallShop& shop, const Recipe& recipe, int size,
                    const std::string& path) {
  return in_environments(size, [&](int rank) {
    const auto group = join_group();
    const Batcher batcher(shop.log.data, shop.split.validations[0].fit_end, recipe);
    const auto model =
        make_model(recipe, shop.log.data, recipe.shard_items ? group.get() : nullptr);
    Learner learner(model, recipe, batcher.target_counts(), group.get());
    const EpochPlan plan = batcher.plan(0);
    std::vector<double> reports;
    for (size_t b = 0; b < 4; ++b) {
      const StepReport report = learner.step(batcher.make(plan, b, {rank, size}), 0.01);
      reports.insert(reports.end(), {report.loss, report.gradient_norm});
    }
    const auto whole = whole_model(model, recipe, shop.log.data);
    if (rank > 0) return true;
    NamedTensors kept;
    for (const auto& entry : whole->named_parameters()) kept[entry.key()] = entry.value();
    kept["reports"] = torch::tensor(reports, torch::kFloat64);
    write_safetensors(path, kept);
    return true;
  });
}

// A batch of 7 leaves one of three processes with more rows than the others. A bias is only
// compared by what it does to the losses: one of which a softmax takes no notice (of the keys of
// attention, of the item tower) has a gradient of nothing but rounding, and Adam makes whole steps
// of that.
void expect_same_learning(Recipe recipe, int size, const std::string& what) {
  const SmallShop shop;
  const TempDir directory;
  recipe.batch = 7;
  ASSERT_TRUE(learn_together(shop, recipe, size, directory / "whole")) << what;
  recipe.shard_items = true;
  ASSERT_TRUE(learn_together(shop, recipe, size, directory / "shares")) << what;
  const NamedTensors expected = read_safetensors(directory / "whole");
  const NamedTensors found = read_safetensors(directory / "shares");
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    if (name.ends_with("bias")) continue;
    EXPECT_TRUE(torch::allclose(found.at(name), tensor, kTolerance, 1e-5))
        << what << ", " << name << " differs by " << (found.at(name) - tensor).abs().max();
  }
}

TEST(ShardedTraining, EveryModelLearnsWhatItLearnsWithTheWholeTable) {
  for (const ModelKind model : {ModelKind::kSasrec, ModelKind::kBert4rec, ModelKind::kTwoTower}) {
    expect_same_learning(shard_recipe(model), 3, to_string(model));
  }
}

TEST(ShardedTraining, EveryLossLearnsWhatItLearnsWithTheWholeTable) {
  for (const LossKind loss : {LossKind::kInBatch, LossKind::kBce, LossKind::kGbce}) {
    expect_same_learning(shard_recipe(ModelKind::kSasrec, loss), 2,
                         nlohmann::json(shard_recipe(ModelKind::kSasrec, loss))["loss"]);
  }
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.negatives = NegativeKind::kMixed;
  recipe.logq = LogqKind::kCorrected;
  expect_same_learning(recipe, 2, "mixed negatives with LogQ");
}

TEST(ShardedTraining, FeaturesClippingAndTheAverageAreThoseOfTheWholeTable) {
  Recipe recipe = shard_recipe(ModelKind::kTwoTower);
  recipe.item_features = true;
  recipe.normalise = true;
  recipe.clip_norm = 0.05;
  recipe.weight_decay = 0.01;
  recipe.average_decay = 0.9;
  expect_same_learning(recipe, 3, "two_tower");
}

// A batch of one sequence leaves two of three processes without any.
TEST(ShardedTraining, ProcessWithoutASequenceServesTheOthers) {
  const SmallShop shop;
  const TempDir directory;
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.batch = 1;
  recipe.shard_items = true;
  EXPECT_TRUE(learn_together(shop, recipe, 3, directory / "shares"));
}

TEST(ShardedTraining, ProcessHoldsItsShareOfWeightsAndMoments) {
  const SmallShop shop;
  EXPECT_TRUE(in_environments(5, [&](int rank) {
    const auto group = join_group();
    Recipe recipe = shard_recipe(ModelKind::kSasrec);
    recipe.shard_items = true;
    recipe.average_decay = 0.9;
    const std::vector<uint64_t> counts(10, 1);
    Learner learner(make_model(recipe, shop.log.data, group.get()), recipe, counts, group.get());
    const auto [alike, share] = split_shares(learner.all_tensors());
    bool good = share.size() == 4;  // model, average, Adam's mean and square
    for (const auto& [name, tensor] : share) {
      good &= tensor.sizes() == std::vector<int64_t>{rank < 2 ? 3 : 2, 16};  // 12 rows of tokens
    }
    return good;
  }));
}

TrainOptions quick_options(const std::string& directory) {
  TrainOptions options;
  options.directory = directory;
  options.bootstrap.resamples = 100;
  return options;
}

std::vector<float> item_vectors_of(const std::string& run) {
  const NpyFile<float> file(run + "/bundle/items.npy");
  return {file.values().begin(), file.values().end()};
}

class ShardedRun : public testing::Test {
 protected:
  static void SetUpTestSuite() { register_neural(); }

  std::string directory(const std::string& name) { return temporary_ / name; }
  // The whole way from the log to the bundle in `size` processes.
  bool run(const Recipe& recipe, int size, const TrainOptions& options) {
    return in_environments(size, [&](int) {
      train(planted_.log.data, planted_.split, recipe, options);
      return true;
    });
  }

  TempDir temporary_;
  PlantedSequence planted_;
};

TEST_F(ShardedRun, CurveFiguresAndBundleAreThoseOfTheWholeTable) {
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.refit = true;
  ASSERT_TRUE(run(recipe, 2, quick_options(directory("whole"))));
  recipe.shard_items = true;
  ASSERT_TRUE(run(recipe, 2, quick_options(directory("shares"))));
  const std::vector<CurvePoint> expected = read_curve(directory("whole") + "/curve.jsonl");
  const std::vector<CurvePoint> found = read_curve(directory("shares") + "/curve.jsonl");
  ASSERT_EQ(found.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(found[i].loss, expected[i].loss, kTolerance * expected[i].loss);
    EXPECT_NEAR(found[i].validation->ndcg(), expected[i].validation->ndcg(), 0.01);
    EXPECT_EQ(found[i].validation->cases, expected[i].validation->cases);
  }
  const std::vector<float> whole = item_vectors_of(directory("whole"));
  const std::vector<float> shares = item_vectors_of(directory("shares"));
  ASSERT_EQ(shares.size(), 30u * 16);
  for (size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(shares[i], whole[i], 1e-3) << i;
  EXPECT_TRUE(fs::exists(directory("shares") + "/before_refit/bundle/manifest.json"));
}

// 30 items are 32 rows: 11, 11 and 10 in three processes.
TEST_F(ShardedRun, ThreeProcessesLeaveABundleOfAllItems) {
  Recipe recipe = shard_recipe(ModelKind::kTwoTower);
  recipe.shard_items = true;
  recipe.epochs = 2;
  ASSERT_TRUE(run(recipe, 3, quick_options(directory("run"))));
  EXPECT_EQ(item_vectors_of(directory("run")).size(), 30u * 16);
  for (const char* name : {"share-0-of-3", "share-1-of-3", "share-2-of-3"}) {
    EXPECT_TRUE(fs::exists(directory("run") + "/checkpoints/last/" + name + ".safetensors"));
  }
}

// Process 1 is killed in the middle of the second epoch, and the other ends with an error; all go
// on with --resume and end where an undisturbed run does, to the last bit.
TEST_F(ShardedRun, ResumesExactlyAfterKill) {
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.shard_items = true;
  recipe.dropout = 0.2;
  recipe.average_decay = 0.9;
  ASSERT_TRUE(run(recipe, 2, quick_options(directory("whole"))));
  TrainOptions options = quick_options(directory("run"));
  options.stop = [steps = 0]() mutable {
    if (std::string(std::getenv("RANK")) == "1" && ++steps == 7 + 4) raise(SIGKILL);
    return false;
  };
  EXPECT_FALSE(run(recipe, 2, options));
  EXPECT_FALSE(fs::exists(directory("run") + "/bundle"));
  options.stop = nullptr;
  options.resume = true;
  ASSERT_TRUE(run(recipe, 2, options));
  const std::vector<CurvePoint> expected = read_curve(directory("whole") + "/curve.jsonl");
  const std::vector<CurvePoint> found = read_curve(directory("run") + "/curve.jsonl");
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].loss, expected[i].loss);
  EXPECT_EQ(item_vectors_of(directory("run")), item_vectors_of(directory("whole")));
}

// Two processes stop, three go on with the rows that they left.
TEST_F(ShardedRun, AnotherNumberOfProcessesGoesOn) {
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.shard_items = true;
  TrainOptions options = quick_options(directory("run"));
  options.stop = [steps = 0]() mutable { return ++steps == 10; };
  ASSERT_TRUE(run(recipe, 2, options));
  const std::string last = directory("run") + "/checkpoints/last";
  ASSERT_TRUE(in_environments(3, [&](int rank) {
    const auto group = join_group();
    const NamedTensors first = read_safetensors(last + "/share-0-of-2.safetensors");
    const NamedTensors second = read_safetensors(last + "/share-1-of-2.safetensors");
    bool good = first.size() == 3;  // model, Adam's mean and square
    for (const auto& [name, tensor] : read_share(last, 2, *group)) {
      for (int64_t place = 0; place < tensor.size(0); ++place) {
        const int64_t row = place * 3 + rank;
        const NamedTensors& from = row % 2 == 0 ? first : second;
        good &= torch::equal(tensor[place], from.at(name)[row / 2]);
      }
    }
    return good;
  }));
  options.stop = nullptr;
  options.resume = true;
  ASSERT_TRUE(run(recipe, 3, options));
  EXPECT_EQ(read_curve(directory("run") + "/curve.jsonl").size(), 3u);
}

TEST_F(ShardedRun, SharesAndTheWholeTableDoNotContinueEachOther) {
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.epochs = 1;
  ASSERT_TRUE(run(recipe, 2, quick_options(directory("run"))));
  recipe.shard_items = true;
  TrainOptions options = quick_options(directory("run"));
  options.resume = true;
  EXPECT_TRUE(in_environments(2, [&](int) {
    return contains(message_of([&] { train(planted_.log.data, planted_.split, recipe, options); }),
                    "holds a run with shard_items = false, asked is true");
  }));
}

TEST_F(ShardedRun, OneProcessHasNobodyToShareWith) {
  unsetenv("WORLD_SIZE");
  Recipe recipe = shard_recipe(ModelKind::kSasrec);
  recipe.shard_items = true;
  EXPECT_TRUE(contains(message_of([&] {
                         train(planted_.log.data, planted_.split, recipe,
                               quick_options(directory("run")));
                       }),
                       "recipe, key 'shard_items': found true in a training of one process"));
}

// 32 rows of 20 million floats.
TEST_F(ShardedRun, TableThatNoOnnxFileHoldsIsRefusedBeforeItIsLearned) {
  EXPECT_TRUE(in_environments(2, [&](int) {
    const auto group = join_group();
    Recipe recipe = shard_recipe(ModelKind::kSasrec);
    recipe.shard_items = true;
    recipe.dimension = 20'000'000;
    return contains(message_of([&] { check_shards(recipe, planted_.log.data, group.get()); }),
                    "found 20000000, which makes a table of 2560000000 bytes of 32 rows, expected "
                    "at most");
  }));
}

}  // namespace
}  // namespace kaskad::train
