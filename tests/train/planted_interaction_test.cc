// An interaction of user and candidate that no dot product of few dimensions can hold, learned by
// the models in which history and candidate meet.
//
// Everybody has taken 16 random items of 32 and likes exactly these. Every such set is equally
// likely, so as vectors over the catalogue the sets vary alike in all 31 directions that are not
// the vector of ones (their covariance is a multiple of I - J/32). The scores <u, v_c> of items
// with k numbers each lie, whatever vector u a user has, in the k directions that the items span,
// and so tell at most k/31 of the labels' variance: 6.5% for k = 2, an AUC of about .64 where
// scores are normal. Attention compares the candidate with each event instead.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/random.h"
#include "kaskad/train/rank/rank_course.h"
#include "kaskad/train/trainer.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr uint32_t kPlantedItems = 32, kTaken = 16;
constexpr uint32_t kTrainUsers = 200, kPlantedUsers = 260;
constexpr int64_t kUserNumbers = 2;  // k above

// Items of user u: the first kTaken are taken, in this order, and liked.
std::vector<uint32_t> items_around(uint32_t user) {
  std::vector<uint32_t> items(kPlantedItems);
  for (uint32_t i = 0; i < kPlantedItems; ++i) items[i] = i;
  Random{7, user}.shuffle(items);
  return items;
}

std::vector<TestRow> taken_rows() {
  std::vector<TestRow> rows;
  for (uint32_t i = 0; i < kPlantedItems; ++i)
    rows.push_back({"0", std::to_string(i), i});  // ids: numbers
  for (uint32_t user = 1; user < kPlantedUsers; ++user) {
    const std::vector<uint32_t> items = items_around(user);
    for (uint32_t i = 0; i < kTaken; ++i) {
      rows.push_back({std::to_string(user), std::to_string(items[i]), i});
    }
  }
  return rows;
}

// A list is the whole catalogue, with a retriever that says nothing.
struct TakenAgain {
  TakenAgain() : log(taken_rows(), {.time_kind = TimeKind::kOrder}) {
    train = lists("train", 1, kTrainUsers);
    validation = lists("validation", kTrainUsers, kPlantedUsers);
  }

  Impressions lists(const std::string& part, uint32_t first, uint32_t last) const {
    const std::string directory = log.directory / part;
    std::filesystem::create_directories(directory);
    ImpressionWriter writer(1, 0);
    const std::vector<float> scores(kPlantedItems, 0);
    const std::vector<uint32_t> ranks(kPlantedItems, 0), known_end(kPlantedUsers, kTaken);
    const uint32_t missed = 0;
    for (uint32_t user = first; user < last; ++user) {
      std::vector<ItemId> items;
      std::vector<float> labels;
      for (const uint32_t item : items_around(user)) {
        labels.push_back(items.size() < kTaken ? 1.0F : 0.0F);
        items.push_back(ItemId{item});
      }
      writer.append({UserId{user},
                     kPlantedItems,
                     kTaken,
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
    facts.heads = {"again"};
    facts.dataset_hash = log.data.hash();
    writer.finish(directory, known_end, facts);
    return Impressions::open(directory);
  }

  TestDataset log;
  Impressions train = {}, validation = {};
};

// The history through BST's encoder and the candidate by itself, a few numbers each.
class DotProduct : public RankModel {
 public:
  DotProduct(const Recipe& recipe, const RankTask& task) : RankModel(recipe, task) {
    EncoderOptions options = EncoderOptions::of(recipe);
    options.token_scale = std::sqrt(static_cast<double>(recipe.dimension));
    options.block.max_history = recipe.max_history + 1;
    options.block.causal = false;
    encoder_ = register_module("encoder", std::make_shared<Encoder>(options, masks_));
    const auto map = [&] {
      return std::make_shared<Linear>(recipe.dimension, kUserNumbers, /*bias=*/true);
    };
    of_user_ = register_module("of_user", map());
    of_candidate_ = register_module("of_candidate", map());
    draw_weights();
  }

  Tensor score(const RankBatch& batch) override {
    const Rows rows(batch.tokens);
    const Tensor tokens = embed(rows.pack(batch.tokens.unsqueeze(2)).squeeze(1));
    const Tensor encoded = rows.pad(encoder_->forward(tokens, {}, rows));
    const Tensor user = of_user_->forward(encoded.mean(1, /*keepdim=*/true));  // (lists, 1, k)
    return (user * of_candidate_->forward(embed_scaled(batch.candidates))).sum(2, true);
  }
  RankGraphs graphs() const override { return {}; }

 private:
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<Linear> of_user_, of_candidate_;
};

Recipe planted_recipe(ModelKind kind) {
  Recipe recipe = Recipe::defaults(kind);
  recipe.dimension = 16;
  recipe.heads = 1;
  recipe.blocks = 1;
  recipe.max_history = kTaken;
  recipe.batch = 4;
  recipe.epochs = 12;
  recipe.patience = recipe.epochs;
  recipe.dropout = 0;
  recipe.learning_rate = 0.002;
  recipe.init_std = 0.1;
  recipe.threads = 1;
  return recipe;
}

// Of pairs of a liked and another item of one user, how many the learned model has in order.
double learned_auc(RankModel& model, const Recipe& recipe, const TakenAgain& again) {
  at::set_num_threads(recipe.threads);
  const TempDir directory;
  const std::vector<uint8_t> learned(kPlantedItems, 1);
  const std::vector<Head> heads = {{"again", 1}};
  const RequestWriter writer({.max_history = kTaken}, learned);
  const RankData data{again.log.data, again.train, again.validation, writer, writer, heads};
  RankCourse course(model, data, recipe);
  const TrainIdentity identity{recipe, "", ""};
  Trainer(course, identity, {.directory = directory / "run"}, {}).run();
  const torch::NoGradGuard no_grad;
  model.eval();
  double right = 0;
  for (size_t l = 0; l < again.validation.size(); ++l) {
    const RankBatch batch = whole_list(again.log.data, again.validation.list(l), writer);
    const Tensor scores = model.score(batch).flatten();
    const Tensor liked = scores.narrow(0, 0, kTaken), others = scores.narrow(0, kTaken, kTaken);
    const Tensor before = liked.unsqueeze(1) - others.unsqueeze(0);
    right += (before.sign() + 1).mean().item<double>() / 2;
  }
  return right / static_cast<double>(again.validation.size());
}

TEST(SlowPlantedInteraction, IsLearnedWhereHistoryAndCandidateMeetAndByNoDotProduct) {
  const TakenAgain again;
  const RankTask task{.num_items = kPlantedItems};
  for (const ModelKind kind : {ModelKind::kAmortized, ModelKind::kBst, ModelKind::kTransact}) {
    const Recipe recipe = planted_recipe(kind);
    EXPECT_GT(learned_auc(*make_rank_model(recipe, task), recipe, again), 0.9) << to_string(kind);
  }
  const Recipe recipe = planted_recipe(ModelKind::kBst);
  DotProduct dot_product(recipe, task);
  EXPECT_LT(learned_auc(dot_product, recipe, again), 0.7);
}

}  // namespace
}  // namespace kaskad::train
