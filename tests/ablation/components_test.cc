#include "kaskad/ablation/components.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

using train::ModelKind;
using train::Recipe;

AblationData everything() {
  return {.clock = true,
          .queries = true,
          .actions = true,
          .item_features = true,
          .user_features = true,
          .heads = {"click", "buy"}};
}

std::set<std::string> names(const std::vector<Component>& components) {
  std::set<std::string> found;
  for (const Component& one : components) found.insert(one.name);
  return found;
}

const Component& named(const std::vector<Component>& components, const std::string& name) {
  const auto found = std::find_if(components.begin(), components.end(),
                                  [&](const Component& one) { return one.name == name; });
  EXPECT_NE(found, components.end()) << name;
  return *found;
}

Recipe with(ModelKind model, const std::vector<std::pair<std::string, std::string>>& settings) {
  Recipe recipe = Recipe::defaults(model);
  for (const auto& [key, value] : settings) recipe.set(key, value);
  return recipe;
}

Recipe full_interact() {
  return with(ModelKind::kInteractRank, {{"counters", "query:item,query_token:item,item"},
                                         {"clock_features", "true"},
                                         {"ranking_features", "true"},
                                         {"retrieval_scores", "true"}});
}

TEST(Components, InteractRankHasASwitchForEachPart) {
  EXPECT_EQ(names(components_of(full_interact(), everything())),
            (std::set<std::string>{"dropout",
                                   "item_features",
                                   "user_features",
                                   "clock_features",
                                   "ranking_features",
                                   "history_actions",
                                   "head.click",
                                   "head.buy",
                                   "session",
                                   "position_pooling",
                                   "query_attention",
                                   "time_embedding",
                                   "query_tokens",
                                   "query_ids",
                                   "crossing",
                                   "head_vectors",
                                   "counter_logarithms",
                                   "retrieval_scores",
                                   "softmax",
                                   "logq",
                                   "hidden_share",
                                   "counters",
                                   "counters.query:item",
                                   "counters.query_token:item",
                                   "counters.item",
                                   "window.7d",
                                   "window.30d",
                                   "window.all"}));
}

TEST(Components, ASegmentOrAWindowIsTakenOutByItself) {
  const Recipe recipe = full_interact();
  const auto all = components_of(recipe, everything());
  const Recipe left = without(recipe, named(all, "counters.query_token:item"));
  EXPECT_EQ(left.counters, (std::vector<std::string>{"query:item", "item"}));
  EXPECT_TRUE(without(recipe, named(all, "counters")).counters.empty());
  EXPECT_EQ(without(recipe, named(all, "window.all")).counter_windows,
            (std::vector<int64_t>{7, 30}));
  EXPECT_EQ(without(recipe, named(all, "head.buy")).head_weights.at("buy"), 0);
}

// What is off already is no row of the table: half of it would say that nothing changes.
TEST(Components, WhatIsOffIsNotListed) {
  const Recipe recipe =
      with(ModelKind::kInteractRank, {{"session", "none"}, {"counters", "[]"}, {"dropout", "0"}});
  const auto found = names(components_of(recipe, everything()));
  for (const char* off : {"session", "query_attention", "position_pooling", "time_embedding",
                          "history_actions", "counters", "window.7d", "counter_logarithms",
                          "dropout", "blocks", "attention_heads", "focal"}) {
    EXPECT_FALSE(found.contains(off)) << off;
  }
  EXPECT_TRUE(found.contains("crossing"));
}

TEST(Components, OneSegmentIsNotListedTwice) {
  const auto found = names(components_of(Recipe::defaults(ModelKind::kInteractRank), everything()));
  EXPECT_TRUE(found.contains("counters.query:item"));
  EXPECT_FALSE(found.contains("counters"));
}

TEST(Components, WhatTheDataLacksIsExplained) {
  AblationData nothing;
  nothing.clock = false;
  nothing.heads = {"click"};
  const auto all = components_of(full_interact(), nothing);
  EXPECT_TRUE(contains(named(all, "time_embedding").obstacle, "only say the order"));
  EXPECT_TRUE(contains(named(all, "query_tokens").obstacle, "no queries"));
  EXPECT_TRUE(contains(named(all, "counters.query:item").obstacle, "no queries"));
  EXPECT_TRUE(named(all, "counters.item").obstacle.empty());
  EXPECT_TRUE(contains(named(all, "head_vectors").obstacle, "one head"));
  EXPECT_TRUE(contains(named(all, "user_features").obstacle, "no user features"));
  EXPECT_FALSE(names(all).contains("head.click"));
}

TEST(Components, WhatContradictsTheRecipeIsExplained) {
  const auto all = components_of(Recipe::defaults(ModelKind::kSasrec), everything());
  EXPECT_TRUE(contains(named(all, "causal").obstacle, "copy its answer"));
  EXPECT_TRUE(named(all, "blocks").obstacle.empty());
}

TEST(Components, RetrieversHaveTheirLossAndRun) {
  const Recipe tower = with(ModelKind::kTwoTower, {{"pooling", "decayed"},
                                                   {"loss", "sampled_softmax"},
                                                   {"negatives", "mixed"},
                                                   {"logq", "corrected"},
                                                   {"normalise", "true"},
                                                   {"time_features", "true"},
                                                   {"windows", "0"},
                                                   {"schedule", "cosine"},
                                                   {"warmup_steps", "10"},
                                                   {"clip_norm", "1"},
                                                   {"weight_decay", "0.1"},
                                                   {"average_decay", "0.9"},
                                                   {"precision", "bf16"}});
  EXPECT_EQ(names(components_of(tower, everything())),
            (std::set<std::string>{"dropout", "pooling", "time_features", "normalise", "negatives",
                                   "logq", "windows", "bf16", "schedule", "warmup", "weight_decay",
                                   "clip_norm", "average"}));
  const Recipe bert = with(ModelKind::kBert4rec, {{"loss", "gbce"}, {"block", "ligr"}});
  EXPECT_EQ(names(components_of(bert, everything())),
            (std::set<std::string>{"blocks", "attention_heads", "block", "dropout",
                                   "gbce_calibration", "last_masked"}));
}

TEST(Components, RankersHaveTheirHead) {
  const Recipe amortized = with(ModelKind::kAmortized, {{"candidate_mask", "list"},
                                                        {"head_cross_layers", "2"},
                                                        {"window_mask", "2"},
                                                        {"history_actions", "true"},
                                                        {"list_loss", "focal"}});
  EXPECT_EQ(names(components_of(amortized, everything())),
            (std::set<std::string>{"blocks", "attention_heads", "dropout", "candidate_mask",
                                   "head_cross_layers", "window_mask", "history_actions", "focal",
                                   "ranking_features", "head.click", "head.buy"}));
  const auto dcn = names(components_of(Recipe::defaults(ModelKind::kDcnV2), everything()));
  EXPECT_TRUE(dcn.contains("cross_layers") && dcn.contains("listwise"));
  EXPECT_FALSE(dcn.contains("blocks"));
}

// For every kind: the recipe without a component is another one, can be trained, and lacks it.
TEST(Components, SettingsReallySwitchOff) {
  for (const auto model : {ModelKind::kSasrec, ModelKind::kBert4rec, ModelKind::kTwoTower,
                           ModelKind::kAmortized, ModelKind::kBst, ModelKind::kTransact,
                           ModelKind::kDin, ModelKind::kDcnV2, ModelKind::kInteractRank}) {
    const Recipe recipe =
        model == ModelKind::kInteractRank ? full_interact() : Recipe::defaults(model);
    const auto all = components_of(recipe, everything());
    EXPECT_EQ(names(all).size(), all.size()) << "a name twice";
    EXPECT_FALSE(all.empty());
    for (const Component& one : all) {
      if (!one.obstacle.empty()) continue;
      const Recipe left = without(recipe, one);
      EXPECT_NO_THROW(left.check()) << one.name;
      EXPECT_NE(nlohmann::json(left), nlohmann::json(recipe)) << one.name;
      EXPECT_FALSE(names(components_of(left, everything())).contains(one.name)) << one.name;
    }
  }
}

TEST(ChosenComponents, OnlyAndWithoutNameThem) {
  const auto all = components_of(Recipe::defaults(ModelKind::kSasrec), everything());
  EXPECT_EQ(names(chosen_components(all, {}, {})), (std::set<std::string>{"blocks", "dropout"}));
  EXPECT_EQ(names(chosen_components(all, {"dropout"}, {})), (std::set<std::string>{"dropout"}));
  EXPECT_EQ(names(chosen_components(all, {}, {"dropout"})), (std::set<std::string>{"blocks"}));
}

TEST(ChosenComponents, AnUnknownNameOrOneWithAnObstacleIsRefused) {
  const auto all = components_of(Recipe::defaults(ModelKind::kSasrec), everything());
  const std::string unknown = message_of([&] { chosen_components(all, {"dropuot"}, {}); });
  EXPECT_TRUE(contains(unknown, "--only: found 'dropuot'"));
  EXPECT_TRUE(contains(unknown, "blocks, dropout, causal"));
  EXPECT_TRUE(contains(message_of([&] { chosen_components(all, {}, {"x"}); }), "--without"));
  EXPECT_TRUE(contains(message_of([&] { chosen_components(all, {"causal"}, {}); }),
                       "'causal' cannot be taken out"));
}

TEST(FolderName, KeepsWhatFileSystemsTake) {
  EXPECT_EQ(folder_name("counters.query:item"), "counters.query-item");
  EXPECT_EQ(folder_name("head.add to/cart"), "head.add-to-cart");
}

}  // namespace
}  // namespace kaskad
