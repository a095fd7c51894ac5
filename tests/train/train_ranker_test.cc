#include "kaskad/train/train_ranker.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "interact_recipe.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_results.h"
#include "kaskad/ranking/neural_ranker.h"
#include "tests/dataset/messages.h"
#include "tests/model/colour_log.h"
#include "tests/model/ranker_battery.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

Recipe small_recipe(ModelKind model) {
  Recipe recipe = Recipe::defaults(model);
  recipe.dimension = 16;
  recipe.max_history = 8;
  recipe.batch = 16;
  recipe.epochs = 25;
  recipe.patience = 25;
  recipe.dropout = 0;
  recipe.learning_rate = 0.01;
  recipe.threads = 1;
  recipe.ranking_features = false;  // the colours are to be learned from the histories
  return recipe;
}

// One of every kind, and of amortized each mask that makes another network.
std::vector<Recipe> small_recipes() {
  std::vector<Recipe> recipes;
  for (const ModelKind model : {ModelKind::kAmortized, ModelKind::kBst, ModelKind::kTransact,
                                ModelKind::kDin, ModelKind::kDcnV2}) {
    recipes.push_back(small_recipe(model));
  }
  recipes.push_back(small_recipe(ModelKind::kAmortized));
  recipes.back().candidate_mask = CandidateMask::kList;
  return recipes;
}

RankerTrainResult train_into(const std::string& directory, const Recipe& recipe,
                             bool resume = false, std::function<bool()> stop = {},
                             std::optional<RankKernel> kernel = {}) {
  const ColourLog& colours = colour_log();
  return train_ranker(
      colours.log.data, colours.log.directory.path(), recipe,
      {.directory = directory, .resume = resume, .stop = std::move(stop), .kernel = kernel});
}

// Colours are learned from the histories: an item of the history's colour comes first, though no
// list says who likes what and the retriever's scores say nothing.
TEST(TrainRanker, LearnsWhichCandidatesGoWithWhichHistory) {
  for (const Recipe& recipe : small_recipes()) {
    SCOPED_TRACE(nlohmann::json(recipe).dump());
    const TempDir directory;
    const RankerTrainResult result = train_into(directory / "run", recipe);
    EXPECT_GT(result.best_ndcg, 0.8);  // about 0.65 by chance
    EXPECT_LT(result.parity, 5e-5);    // of logits that may be large
    const RankerBundle bundle = load_ranker_bundle(directory / "run/bundle");
    EXPECT_EQ(bundle.kind, "neural_ranker");
    // Six histories of each colour: pairs of an item of it and one of the other.
    int right = 0, pairs = 0;
    for (uint32_t start = 0; start < 12; ++start) {
      OwnedRequest request;
      for (const uint32_t step : {0u, 4u, 8u}) request.take((start + step) % kColourItems);
      request.now = request.times.back() + kColourDay;
      for (uint32_t item = 14; item < 24; ++item) request.offer(item, 1);
      const auto scores = scores_of(*bundle.ranker, {request});
      for (uint32_t same = start % 2; same < 10; same += 2) {
        for (uint32_t other = 1 - start % 2; other < 10; other += 2) {
          right += scores[same] > scores[other];
          ++pairs;
        }
      }
    }
    EXPECT_GT(right, 0.7 * pairs);
  }
}

// With the features of candidates, the history's share of a candidate's colour among them, there is
// less to learn, and new items are no longer strange.
TEST(TrainRanker, LearnsFromFeaturesOfCandidates) {
  for (const ModelKind model : {ModelKind::kAmortized, ModelKind::kBst}) {
    const TempDir directory;
    Recipe recipe = small_recipe(model);
    recipe.ranking_features = true;
    recipe.epochs = 10;
    const RankerTrainResult result = train_into(directory / "run", recipe);
    EXPECT_GT(result.best_ndcg, 0.97) << to_string(model);
    EXPECT_LT(result.parity, 1e-5);
    const RankerBundle bundle = load_ranker_bundle(directory / "run/bundle");
    OwnedRequest request;  // red is liked
    for (const uint32_t item : {0u, 4u, 8u}) request.take(item);
    request.now = request.times.back() + kColourDay;
    for (const uint32_t item : {1u, 2u, 3u, 6u}) request.offer(item, 1);
    const auto scores = scores_of(*bundle.ranker, {request});
    EXPECT_GT(std::min(scores[1], scores[3]), std::max(scores[0], scores[2])) << to_string(model);
  }
}

TEST(TrainRanker, AnInterruptedRunEndsAsTheUninterruptedOne) {
  const TempDir directory;
  Recipe recipe = small_recipe(ModelKind::kAmortized);
  recipe.epochs = 4;
  recipe.dropout = 0.2;
  train_into(directory / "whole", recipe);
  int steps = 0;
  const RankerTrainResult stopped =
      train_into(directory / "parts", recipe, false, [&] { return ++steps > 9; });
  EXPECT_TRUE(stopped.stopped);
  EXPECT_FALSE(fs::exists(directory / "parts/bundle"));
  // It stopped within an epoch and goes on from there.
  const auto last =
      nlohmann::json::parse(read_file(directory / "parts/checkpoints/last/state.json"));
  EXPECT_GT(last["state"]["batch"], 0);
  const RankerTrainResult resumed = train_into(directory / "parts", recipe, /*resume=*/true);
  EXPECT_FALSE(resumed.stopped);
  EXPECT_EQ(resumed.curve.size(), 4u);
  EXPECT_EQ(read_file(directory / "parts/bundle/candidates.onnx"),
            read_file(directory / "whole/bundle/candidates.onnx"));
}

double mean_ndcg(const Ranker& ranker) {
  const ColourLog& colours = colour_log();
  const auto lists = Impressions::open(colours.log.directory.path() + "/validation");
  return evaluate_lists(ranker, "", colours.log.data, lists, {.threads = 1})
      .metrics[0]
      .interval.value;
}

// A run that has ended is exported again in another form, without learning anything.
TEST(TrainRanker, ScoresCandidatesInTheKernelThatIsAskedFor) {
  const TempDir directory;
  const Recipe recipe = small_recipe(ModelKind::kAmortized);
  EXPECT_EQ(train_into(directory / "run", recipe).kernel, RankKernel::kFp32);
  const double ndcg = mean_ndcg(*load_ranker_bundle(directory / "run/bundle").ranker);
  for (const auto kernel : {RankKernel::kOnnx, RankKernel::kInt8}) {
    const auto again = train_into(directory / "run", recipe, /*resume=*/true, {}, kernel);
    EXPECT_EQ(again.kernel, kernel);
    EXPECT_LT(again.parity, 1e-5);
    // Of logits about 5. What was learned differs a little between machines, and so does what
    // rounding does to it; that the order stays is asked below.
    EXPECT_LT(again.kernel_parity, kernel == RankKernel::kInt8 ? 1 : 1e-5) << to_string(kernel);
    const RankerBundle bundle = load_ranker_bundle(directory / "run/bundle");
    EXPECT_EQ(dynamic_cast<const NeuralRanker&>(*bundle.ranker).config().kernel, kernel);
    EXPECT_EQ(fs::exists(directory / "run/bundle/candidates.npy"), kernel != RankKernel::kOnnx);
    // Rounding may turn neighbours of nearly equal scores.
    EXPECT_NEAR(mean_ndcg(*bundle.ranker), ndcg, kernel == RankKernel::kInt8 ? 0.01 : 1e-6);
  }
}

TEST(TrainRanker, RefusesAKernelOfAModelThatHasNoneBeforeItTrains) {
  const TempDir directory;
  const Recipe recipe = small_recipe(ModelKind::kBst);
  EXPECT_EQ(
      message_of([&] { train_into(directory / "run", recipe, false, {}, RankKernel::kInt8); }),
      "the model 'bst' has no kernel: found \"int8\", expected onnx; there are kernels for "
      "amortized where candidates do not see each other");
  EXPECT_FALSE(fs::exists(directory / "run/curve.jsonl"));
}

TEST(TrainRanker, RefusesWhatDoesNotFit) {
  const TempDir directory;
  EXPECT_TRUE(
      contains(message_of([&] { train_into(directory / "run", small_recipe(ModelKind::kSasrec)); }),
               "found \"sasrec\", expected amortized, bst, transact, din, dcn_v2 or "
               "interact_rank"));
  Recipe recipe = small_recipe(ModelKind::kBst);
  recipe.head_weights = {{"buy", 2}};
  EXPECT_EQ(message_of([&] { train_into(directory / "run", recipe); }),
            "weights of heads: found 'buy', expected one of: next");
  recipe.head_weights = {{"next", 0}};
  EXPECT_EQ(message_of([&] { train_into(directory / "run", recipe); }),
            "recipe, key 'head_weights': found 0 for every head, expected one above 0");
}

// The lists of the colour log with two labels that want opposite orders: "keep" as there, "drop"
// for all other candidates.
void write_opposite_heads(const std::string& directory) {
  for (const char* part : {"train", "validation", "test"}) {
    const auto lists = Impressions::open(colour_log().log.directory / part);
    ImpressionWriter writer(2, 0);
    for (size_t l = 0; l < lists.size(); ++l) {
      ImpressionList list = lists.list(l);
      std::vector<float> labels;
      for (const float label : list.labels) labels.insert(labels.end(), {label, 1 - label});
      const std::vector<uint32_t> missed = {0, 0};
      list.labels = labels;
      list.missed = missed;
      writer.append(list);
    }
    ImpressionFacts facts = lists.facts();
    facts.heads = {"keep", "drop"};
    fs::create_directories(directory + "/" + part);
    writer.finish(directory + "/" + part, lists.known_end(), facts);
  }
}

TEST(TrainRanker, TwoHeadsThatWantOppositeOrdersAreBothLearned) {
  const TempDir directory;
  write_opposite_heads(directory / "lists");
  for (const ModelKind model : {ModelKind::kAmortized, ModelKind::kBst, ModelKind::kTransact,
                                ModelKind::kDin, ModelKind::kDcnV2}) {
    SCOPED_TRACE(to_string(model));
    Recipe recipe = small_recipe(model);
    recipe.ranking_features = true;
    recipe.epochs = 10;
    recipe.head_weights = {{"drop", 0.25}};
    const Dataset& data = colour_log().log.data;
    const RankerTrainResult result = train_ranker(data, directory / "lists", recipe,
                                                  {.directory = directory / to_string(model)});
    EXPECT_EQ(result.heads, (std::vector<Head>{{"keep", 1}, {"drop", 0.25F}}));
    EXPECT_LT(result.parity, 1e-4);  // of both
    EXPECT_LT(result.kernel_parity, 1e-4);
    const RankerBundle bundle = load_ranker_bundle(directory / to_string(model));
    EXPECT_EQ(bundle.ranker->heads(), result.heads);
    const auto lists = Impressions::open(directory / "lists/validation");
    const auto found = evaluate_lists(*bundle.ranker, "", data, lists, {.threads = 1});
    ASSERT_EQ(found.heads.size(), 2u);
    constexpr size_t kAuc = 2;
    for (const HeadEvaluation& head : found.heads) {
      EXPECT_GT(head.by_own[kAuc].interval.value, 0.9) << head.head;
    }
    // The final score follows the heavier head.
    EXPECT_GT(found.heads[0].by_final[kAuc].interval.value, 0.8);
    EXPECT_LT(found.heads[1].by_final[kAuc].interval.value, 0.2);
  }
}

TEST(TrainRanker, OneHeadOfWeightOneIsWhatThereIsWithoutWeights) {
  const TempDir directory;
  Recipe recipe = small_recipe(ModelKind::kDin);
  recipe.epochs = 2;
  train_into(directory / "none", recipe);
  recipe.head_weights = {{"next", 1}};
  train_into(directory / "one", recipe);
  EXPECT_EQ(read_file(directory / "none/bundle/candidates.onnx"),
            read_file(directory / "one/bundle/candidates.onnx"));
}

// The trainer's own figure of its best epoch. The bundle's counters and features know what came of
// the validation lists, so that it could not be asked.
TEST(TrainRanker, LeavesTheFiguresOfEachValidationListAsOfThoseLists) {
  std::vector<Recipe> recipes = {small_recipe(ModelKind::kAmortized),
                                 interact_recipe({{"counters", "town:item,item"}})};
  recipes[0].ranking_features = true;
  for (Recipe& recipe : recipes) {
    recipe.epochs = 2;
    const TempDir directory;
    const ColourLog& colours = colour_log();
    const RankerTrainResult result = train_ranker(
        colours.log.data, colours.log.directory.path(), recipe,
        {.directory = directory / "run", .measure_validation = true, .measured_heads = {"next"}});
    const ListResults left = load_list_results(directory / "run/validation");
    EXPECT_EQ(left.evaluation.metrics[0].name, "ndcg@10");
    EXPECT_NEAR(left.evaluation.metrics[0].interval.value, result.best_ndcg, 1e-3);
    EXPECT_EQ(left.lists_hash, Impressions::open(colours.log.directory / "validation").hash());
  }
}

MadeRanker made(Recipe recipe, RankKernel kernel) {
  const auto directory = std::make_shared<TempDir>();
  recipe.epochs = 2;
  recipe.ranking_features = recipe.model == ModelKind::kAmortized;
  train_into(*directory / "run", recipe, false, {}, kernel);
  const RankerBundle bundle = load_ranker_bundle(*directory / "run/bundle");
  const std::shared_ptr<const Ranker> ranker = NeuralRanker::load(
      bundle.directory, dynamic_cast<const NeuralRanker&>(*bundle.ranker).config_json(),
      bundle.ranker->heads());
  const auto& neural = dynamic_cast<const NeuralRanker&>(*ranker);
  return {ranker, neural.config_json(), [ranker, directory](const std::string& to) {
            dynamic_cast<const NeuralRanker&>(*ranker).save(to);
          }};
}

// Trained once; each test of the battery loads it.
const TempDir& trained_colours(const Recipe& recipe) {
  static std::map<std::string, TempDir> trained;
  const auto [at, is_new] = trained.try_emplace(nlohmann::json(recipe).dump());
  if (is_new) {
    RankerTrainOptions options;
    options.directory = at->second / "run";
    train_ranker(colour_log().log.data, colour_log().log.directory.path(), recipe, options);
  }
  return at->second;
}

MadeRanker made_interact(const Recipe& recipe) {
  RankerBundle bundle = load_ranker_bundle(trained_colours(recipe) / "run/bundle");
  const std::shared_ptr<const Ranker> ranker = std::move(bundle.ranker);
  const auto& interact = dynamic_cast<const InteractRanker&>(*ranker);
  return {ranker, interact.config_json(), [ranker](const std::string& to) {
            dynamic_cast<const InteractRanker&>(*ranker).save(to);
          }};
}

// In products of matrices a row may be summed in another order when there are more rows.
constexpr float kSameScore = 1e-5F;

}  // namespace
}  // namespace kaskad::train

namespace kaskad {
namespace {

BatteryRanker entry(const train::Recipe& recipe, const std::string& what,
                    RankKernel kernel = RankKernel::kOnnx) {
  return {.name = to_string(recipe.model) + what,
          .make = [=](const ColourLog&) { return train::made(recipe, kernel); },
          .tolerance = train::kSameScore,
          .sees_list = recipe.sees_list()};
}

std::vector<BatteryRanker> battery_rankers() {
  std::vector<BatteryRanker> rankers;
  for (const train::Recipe& recipe : train::small_recipes()) {
    rankers.push_back(entry(recipe, recipe.sees_list() ? "_list" : ""));
  }
  const train::Recipe amortized = train::small_recipe(train::ModelKind::kAmortized);
  rankers.push_back(entry(amortized, "_fp32", RankKernel::kFp32));
  rankers.push_back(entry(amortized, "_int8", RankKernel::kInt8));
  for (const auto& [name, counters] :
       {std::pair{"interact_rank", "town:item,item"}, std::pair{"interact_rank_towers", "[]"},
        std::pair{"interact_rank_features", "town:item"}}) {
    train::Recipe recipe = train::interact_recipe({{"counters", counters}});
    recipe.epochs = 2;
    recipe.ranking_features = recipe.retrieval_scores =
        name == std::string("interact_rank_features");
    rankers.push_back({.name = name,
                       .make = [=](const ColourLog&) { return train::made_interact(recipe); },
                       .tolerance = train::kSameScore});
  }
  return rankers;
}

INSTANTIATE_TEST_SUITE_P(Neural, RankerBattery, testing::ValuesIn(battery_rankers()),
                         ranker_battery_name);

}  // namespace
}  // namespace kaskad
