#include "kaskad/recipe/recipe.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "tests/dataset/messages.h"
#include "tests/temp_dir.h"

namespace kaskad::train {
namespace {

class RecipeFile : public testing::Test {
 protected:
  Recipe read(const std::string& text) {
    write_file(path_, text);
    return Recipe::from_toml(path_);
  }
  // The message without the folder of the file.
  std::string fault(const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      const std::string what = error.what();
      const size_t at = what.find(path_);
      return at == std::string::npos ? what : what.substr(at + directory_.path().size() + 1);
    }
    return "no error";
  }

  TempDir directory_;
  const std::string path_ = directory_ / "recipe.toml";
};

TEST_F(RecipeFile, EmptyFileIsTheReferenceSasrec) {
  const Recipe recipe = read("");
  EXPECT_EQ(recipe.model, ModelKind::kSasrec);
  EXPECT_EQ(recipe.dimension, 64);
  EXPECT_EQ(recipe.loss, LossKind::kSoftmax);
  EXPECT_TRUE(recipe.causal);
}

TEST_F(RecipeFile, ModelBringsItsDefaultsWhereverItStands) {
  const Recipe recipe = read("dropout = 0.2\nmodel = \"bert4rec\"\n");
  EXPECT_EQ(recipe.model, ModelKind::kBert4rec);
  EXPECT_FALSE(recipe.causal);
  EXPECT_EQ(recipe.block, BlockKind::kPostNorm);
  EXPECT_EQ(recipe.dropout, 0.2);
}

// Numbers of a candidate are worth more where the head multiplies them (docs/ranking.md).
TEST_F(RecipeFile, RankersCrossTheirHeadWhereThatWasFoundBetter) {
  for (const char* model : {"amortized", "bst"}) {
    EXPECT_EQ(read("model = \"" + std::string(model) + "\"\n").head_cross_layers, 2) << model;
  }
  for (const char* model : {"transact", "din", "dcn_v2", "interact_rank"}) {
    EXPECT_EQ(read("model = \"" + std::string(model) + "\"\n").head_cross_layers, 0) << model;
  }
  EXPECT_EQ(read("model = \"amortized\"\nhead_cross_layers = 0\n").head_cross_layers, 0);
}

// As kaskad/grid/advice.cc writes it for a large catalogue.
TEST_F(RecipeFile, AdviceOfTheGridIsRead) {
  const Recipe recipe = read(
      "# Written by kaskad grid\n"
      "model = \"two_tower\"  # recency of the history hurts\n"
      "max_history = 100\ncausal = false\nloss = \"sampled_softmax\"\nnegatives = \"mixed\"\n"
      "logq = \"corrected\"\nitem_features = true\ntime_features = false\n");
  EXPECT_EQ(recipe.model, ModelKind::kTwoTower);
  EXPECT_EQ(recipe.max_history, 100);
  EXPECT_EQ(recipe.loss, LossKind::kSampledSoftmax);
  EXPECT_EQ(recipe.negatives, NegativeKind::kMixed);
  EXPECT_EQ(recipe.logq, LogqKind::kCorrected);
  EXPECT_TRUE(recipe.item_features);
  EXPECT_NO_THROW(read("negatives = \"uniform\"\nlogq = \"none\"\n"));
}

TEST_F(RecipeFile, AnotherModelLeavesTheFilesOwnOut) {
  write_file(path_, "model = \"sasrec\"\ncausal = true\nmax_history = 50\n");
  const Recipe recipe = Recipe::from_toml(path_, ModelKind::kBert4rec);
  EXPECT_EQ(recipe.model, ModelKind::kBert4rec);
  EXPECT_FALSE(recipe.causal);
  EXPECT_EQ(recipe.max_history, 50);
}

TEST_F(RecipeFile, UnknownKeyIsNamedWithItsLineAndTheNearestOne) {
  const std::string what = fault("model = \"sasrec\"\ndropuot = 0.2\n");
  EXPECT_NE(what.find("recipe.toml, line 2, key 'dropuot': found the unknown key 'dropuot'; did "
                      "you mean 'dropout'?"),
            std::string::npos)
      << what;
  EXPECT_NE(what.find("Known keys: model, dimension"), std::string::npos) << what;
  EXPECT_EQ(fault("quaternions = 1\n").find("did you mean"), std::string::npos);
}

TEST_F(RecipeFile, ValuesOutOfRangeSayWhatIsAllowed) {
  EXPECT_EQ(fault("\ndropout = 1.0\n"),
            "recipe.toml, line 2, key 'dropout': found 1.0, expected a number from 0 to below 1");
  EXPECT_EQ(fault("batch = 0\n"),
            "recipe.toml, line 1, key 'batch': found 0, expected a whole number of at least 1");
  EXPECT_EQ(fault("learning_rate = 0\n"),
            "recipe.toml, line 1, key 'learning_rate': found 0, expected a number above 0");
  EXPECT_EQ(fault("epochs = 1.5\n"),
            "recipe.toml, line 1, key 'epochs': found 1.5, expected a whole number of at least 1");
  EXPECT_EQ(fault("loss = \"hinge\"\n"),
            "recipe.toml, line 1, key 'loss': found \"hinge\", expected one of softmax, "
            "sampled_softmax, bce, gbce, in_batch");
  EXPECT_EQ(fault("causal = \"yes\"\n"),
            "recipe.toml, line 1, key 'causal': found \"yes\", expected true or false");
  EXPECT_EQ(fault("device = \"tpu\"\n"),
            "recipe.toml, line 1, key 'device': found \"tpu\", expected one of auto, cpu, cuda");
  EXPECT_NE(fault("dropout = [0.1, 0.2]\n").find("found [0.1,0.2]"), std::string::npos);
  EXPECT_NE(fault("dropout = \n").find("recipe.toml, line"), std::string::npos);
}

TEST_F(RecipeFile, ContradictionsAreRefused) {
  EXPECT_NE(fault("dimension = 50\nheads = 4\n")
                .find("key 'heads': found 4, expected a divisor of dimension = 50"),
            std::string::npos);
  EXPECT_NE(fault("causal = false\n").find("would copy its answer"), std::string::npos);
  EXPECT_NE(fault("model = \"bert4rec\"\ncausal = true\n").find("key 'causal'"), std::string::npos);
  EXPECT_NE(fault("logq = \"classic\"\n").find("key 'logq'"), std::string::npos);
  EXPECT_EQ(fault("user_features = true\n"),
            "recipe.toml: recipe, key 'user_features': found true, expected false with model = "
            "\"sasrec\": only two_tower and interact_rank have a place for them");
  EXPECT_NE(fault("model = \"dcn_v2\"\nhead_cross_layers = 1\n").find("which has cross_layers"),
            std::string::npos);
  EXPECT_NE(fault("clock_features = true\n").find("key 'clock_features'"), std::string::npos);
  EXPECT_EQ(fault("model = \"two_tower\"\nclock_features = true\n"), "no error");
}

TEST_F(RecipeFile, SharesOfTheItemsAreForRetrieversAndLossesThatSample) {
  EXPECT_EQ(
      fault("shard_items = true\n"),
      "recipe.toml: recipe, key 'loss': found \"softmax\", expected sampled_softmax, in_batch, "
      "bce or gbce with shard_items = true: the full softmax scores the whole catalogue in "
      "every process");
  for (const char* loss : {"sampled_softmax", "in_batch", "bce", "gbce"}) {
    EXPECT_EQ(fault("shard_items = true\nloss = \"" + std::string(loss) + "\"\n"), "no error");
  }
  EXPECT_NE(fault("model = \"bst\"\nshard_items = true\n")
                .find("key 'shard_items': found true, expected false with model = \"bst\""),
            std::string::npos);
}

TEST_F(RecipeFile, WeightsOfHeadsAreATable) {
  const std::map<std::string, double> expected = {{"click", 1}, {"purchase", 2.5}};
  const std::string model = "model = \"bst\"\n";
  EXPECT_EQ(read(model + "[head_weights]\nclick = 1\npurchase = 2.5\n").head_weights, expected);
  EXPECT_EQ(read(model + "head_weights = {click = 1.0, purchase = 2.5}\n").head_weights, expected);
  EXPECT_EQ(
      fault("head_weights = 2\n"),
      "recipe.toml, line 1, key 'head_weights': found 2, expected a table of numbers by name");
  EXPECT_EQ(fault("head_weights = {click = -1}\n"),
            "recipe.toml, line 1, key 'head_weights': 'click': found -1, expected a number of at "
            "least 0");
  Recipe recipe;
  recipe.set("head_weights.click", "1");
  recipe.set("head_weights.purchase", "2.5");
  EXPECT_EQ(recipe.head_weights, expected);
  EXPECT_EQ(nlohmann::json(recipe).get<Recipe>().head_weights, expected);
  EXPECT_THROW(recipe.set("head_weights.click", "much"), Error);
  EXPECT_THROW(recipe.set("dropout.click", "1"), Error);
}

TEST(Recipe, CommandLineSetsOneKey) {
  Recipe recipe;
  recipe.set("dropout", "0.25");
  recipe.set("learning_rate", "1e-4");
  recipe.set("block", "ligr");
  recipe.set("length_buckets", "true");
  recipe.set("device", "cpu");
  EXPECT_EQ(recipe.dropout, 0.25);
  EXPECT_EQ(recipe.learning_rate, 1e-4);
  EXPECT_EQ(recipe.block, BlockKind::kLigr);
  EXPECT_TRUE(recipe.length_buckets);
  EXPECT_THROW(recipe.set("blocks", "two"), Error);
  EXPECT_THROW(recipe.set("blokcs", "2"), Error);
  EXPECT_THROW(recipe.set("threads", "99999999999"), Error);
}

TEST(Recipe, JsonHoldsEveryFieldAndComesBack) {
  Recipe recipe = Recipe::defaults(ModelKind::kBert4rec);
  recipe.dropout = 0.3;
  recipe.seed = 18446744073709551615u;
  recipe.loss = LossKind::kGbce;
  recipe.schedule = ScheduleKind::kCosine;
  const nlohmann::json json = recipe;
  EXPECT_EQ(json.size(), recipe_keys().size());
  EXPECT_EQ(json["model"], "bert4rec");
  EXPECT_EQ(json["loss"], "gbce");
  EXPECT_EQ(nlohmann::json(json.get<Recipe>()), json);
  // Fields that an older version did not have: the defaults of the model.
  EXPECT_EQ(nlohmann::json({{"model", "bert4rec"}}).get<Recipe>().heads, 2);
  EXPECT_THROW(nlohmann::json({{"modle", "bert4rec"}}).get<Recipe>(), Error);
}

TEST_F(RecipeFile, WhatIsWrittenIsReadAgain) {
  for (const auto model : {ModelKind::kSasrec, ModelKind::kBert4rec, ModelKind::kInteractRank}) {
    Recipe recipe = Recipe::defaults(model);
    recipe.set("counters", "query:item,query_token:item");
    recipe.set("counter_windows", "[7]");
    recipe.set("head_weights.add to cart", "2.5");
    recipe.learning_rate = 3e-7;
    recipe.seed = 1'234'567'890'123;
    EXPECT_EQ(nlohmann::json(read(to_toml(recipe))), nlohmann::json(recipe));
  }
}

}  // namespace
}  // namespace kaskad::train
