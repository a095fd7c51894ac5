// A log in which only the type of an action tells the answer. Everybody has met the same items in
// an order of his own and liked half of them; these are right, and which they are is drawn for each
// user, so that neither the items nor their order say anything.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/train/random.h"
#include "kaskad/train/train_ranker.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad::train {
namespace {

constexpr uint32_t kItems = 12, kLiked = 6, kUsers = 240;

// Items of a user: the first kLiked are liked.
std::vector<uint32_t> items_of(uint32_t user) {
  std::vector<uint32_t> items(kItems);
  for (uint32_t i = 0; i < kItems; ++i) items[i] = i;
  Random{11, user}.shuffle(items);
  return items;
}

std::vector<TestRow> rows() {
  std::vector<TestRow> rows;
  for (uint32_t user = 0; user < kUsers; ++user) {
    const std::vector<uint32_t> items = items_of(user);
    std::vector<uint32_t> order(kItems);
    for (uint32_t i = 0; i < kItems; ++i) order[i] = i;
    Random{12, user}.shuffle(order);
    for (uint32_t e = 0; e < kItems; ++e) {
      const std::string action = order[e] < kLiked ? "like" : "skip";
      rows.push_back({std::to_string(user), std::to_string(items[order[e]]), e, 1, action});
    }
  }
  return rows;
}

// A list is the whole catalogue, with a retriever that says nothing.
struct LikedOnes {
  LikedOnes() : log(rows(), {.time_kind = TimeKind::kOrder}) {
    write("train", 0, 180);
    write("validation", 180, 210);
    write("test", 210, kUsers);
  }

  void write(const std::string& part, uint32_t first, uint32_t last) const {
    ImpressionWriter writer(1, 0);
    const std::vector<float> scores(kItems, 0);
    const std::vector<uint32_t> ranks(kItems, 0), known_end(kUsers, kItems);
    const uint32_t missed = 0;
    for (uint32_t user = first; user < last; ++user) {
      std::vector<ItemId> items;
      std::vector<float> labels;
      for (const uint32_t item : items_of(user)) {
        labels.push_back(items.size() < kLiked ? 1.0F : 0.0F);
        items.push_back(log.item(std::to_string(item)));
      }
      writer.append({log.user(std::to_string(user)),
                     kItems,
                     kItems,
                     {&missed, 1},
                     items,
                     scores,
                     ranks,
                     {},
                     labels,
                     {}});
    }
    ImpressionFacts facts;
    facts.part = part;
    facts.heads = {"liked"};
    facts.dataset_hash = log.data.hash();
    facts.split_hash = "split";
    std::filesystem::create_directories(log.directory / part);
    writer.finish(log.directory / part, known_end, facts);
  }

  TestDataset log;
};

Recipe small_recipe(ModelKind kind, bool actions) {
  Recipe recipe = Recipe::defaults(kind);
  recipe.history_actions = actions;
  recipe.ranking_features = false;
  recipe.dimension = 16;
  recipe.heads = 1;
  recipe.blocks = 1;
  recipe.max_history = kItems;
  recipe.batch = 4;
  recipe.epochs = 12;
  recipe.dropout = 0;
  recipe.learning_rate = 0.003;
  recipe.init_std = 0.1;
  recipe.threads = 1;
  return recipe;
}

double test_auc(const Ranker& ranker, const LikedOnes& liked) {
  const auto lists = Impressions::open(liked.log.directory / "test");
  constexpr size_t kAuc = 2;
  return evaluate_lists(ranker, "", liked.log.data, lists, {.threads = 1})
      .metrics[kAuc]
      .interval.value;
}

TEST(SlowPlantedActions, AreLearnedWhereTheyAreAskedAndNowhereElse) {
  const LikedOnes liked;
  const TempDir runs;
  for (const ModelKind kind : {ModelKind::kTransact, ModelKind::kBst, ModelKind::kAmortized}) {
    SCOPED_TRACE(to_string(kind));
    const auto trained = [&](bool actions) {
      Recipe recipe = small_recipe(kind, actions);
      if (!actions) recipe.epochs = 3;  // there is nothing to learn
      const std::string directory = runs / (to_string(kind) + (actions ? "_actions" : "_plain"));
      train_ranker(liked.log.data, liked.log.directory.path(), recipe, {.directory = directory});
      return load_ranker_bundle(directory);
    };
    const RankerBundle plain = trained(false);
    EXPECT_TRUE(plain.ranker->action_names().empty());
    EXPECT_NEAR(test_auc(*plain.ranker, liked), 0.5, 0.12);
    const RankerBundle asked = trained(true);
    EXPECT_EQ(asked.ranker->action_names(), liked.log.data.action_names());
    EXPECT_GT(test_auc(*asked.ranker, liked), 0.9);
  }
}

TEST(PlantedActions, ABundleKnowsTheActionsByTheirNames) {
  const LikedOnes liked;
  const TempDir runs;
  Recipe recipe = small_recipe(ModelKind::kTransact, true);
  recipe.epochs = 1;
  train_ranker(liked.log.data, liked.log.directory.path(), recipe, {.directory = runs / "run"});
  const RankerBundle bundle = load_ranker_bundle(runs / "run");
  // The same log with other names: another ranker's actions.
  std::vector<TestRow> renamed = rows();
  for (TestRow& row : renamed) row.action += "d";
  const TestDataset other(renamed, {.time_kind = TimeKind::kOrder});
  const auto lists = Impressions::open(liked.log.directory / "test");
  const std::string message =
      message_of([&] { check_lists(*bundle.ranker, other.data, lists, "mine"); });
  const auto& names = liked.log.data.action_names();
  EXPECT_TRUE(contains(message, "'actions': found " + names[0] + "d, " + names[1] + "d, expected " +
                                    names[0] + ", " + names[1] + " as the ranker 'mine' learned"))
      << message;
}

}  // namespace
}  // namespace kaskad::train
