#include "kaskad/ablation/ablation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

using nlohmann::json;

// `shift` on every second request, so that a mean of ndcg is 0.5 + shift / 2.
MeasuredRun run_with(uint64_t seed, double shift, double seconds = 10) {
  MeasuredRun run{.seed = seed, .train_seconds = seconds, .epochs = 5};
  for (int r = 0; r < 400; ++r) {
    run.values.push_back(0.5 + (r % 2 == 0 ? shift : 0));
    run.values.push_back(1);
  }
  return run;
}

Ablation three_components() {
  Ablation ablation;
  ablation.model = "interact_rank";
  ablation.metrics = {"ndcg@10", "mrr"};
  ablation.definitions = {"discounted", "reciprocal"};
  ablation.baseline = {run_with(1, 0), run_with(2, 0)};
  ablation.baseline_cost = {.flops = 1000, .latency_ms = 2};
  const auto add = [&](const char* name, double shift, double seconds) {
    ablation.components.push_back(
        {{name, "words of it", {"key=value"}},
         {run_with(1, shift, seconds), run_with(2, shift + 0.001, seconds)},
         {.flops = 900, .latency_ms = 1, .baseline_latency_ms = 2}});
  };
  add("harmful", 0.2, 20);
  add("useful", -0.2, 5);
  add("idle", -0.0005, 10);
  return ablation;
}

TEST(AblationJson, SortsByWhatIsLostAndSaysWhatFollows) {
  const json out = ablation_json(three_components());
  ASSERT_EQ(out["components"].size(), 3u);
  EXPECT_EQ(out["components"][0]["name"], "useful");
  EXPECT_EQ(out["components"][0]["says"], "earns");
  EXPECT_EQ(out["components"][1]["says"], "may be nothing");
  EXPECT_EQ(out["components"][2]["says"], "harms");
  EXPECT_EQ(out["form"], kAblationForm);
  EXPECT_EQ(out["requests"], 400);
  EXPECT_EQ(out["seeds"], (std::vector<int>{1, 2}));
  const std::string verdict = out["verdict"];
  EXPECT_TRUE(contains(verdict, "What earns most is useful: without it ndcg@10 changes by -0.09"));
  EXPECT_TRUE(contains(verdict, "May be nothing, the interval includes 0: idle."));
  EXPECT_TRUE(contains(verdict, "Better without: harmful."));
}

TEST(AblationJson, ChangesArePairedBySeedAndCostsAreShares) {
  const json out = ablation_json(three_components());
  const json& useful = out["components"][0];
  EXPECT_NEAR(useful["metrics"]["ndcg@10"]["value"].get<double>(), (-0.2 / 2 - 0.199 / 2) / 2,
              1e-12);
  EXPECT_EQ(useful["metrics"]["mrr"]["value"], 0);
  EXPECT_EQ(useful["train_seconds"]["change"], 5.0 / 10 - 1);
  EXPECT_EQ(useful["epoch_seconds"]["with"], 2);
  EXPECT_NEAR(useful["flops"]["change"].get<double>(), 900.0 / 1000 - 1, 1e-12);
  EXPECT_EQ(useful["latency_ms"]["change"], 1.0 / 2 - 1);
  EXPECT_DOUBLE_EQ(out["baseline"]["metrics"]["ndcg@10"].get<double>(), 0.5);
}

TEST(AblationJson, WhatIsNotKnownIsLeftOut) {
  Ablation ablation = three_components();
  ablation.components.resize(1);
  ablation.components[0].runs.resize(1);
  ablation.components[0].cost = {};
  const json out = ablation_json(ablation);
  EXPECT_FALSE(out["components"][0].contains("flops"));
  EXPECT_FALSE(out["components"][0].contains("latency_ms"));
  EXPECT_EQ(out["spread"]["ndcg@10"]["freedom"], 0);
  ablation.components.clear();
  EXPECT_EQ(ablation_json(ablation)["verdict"], "No component was taken out.");
}

}  // namespace
}  // namespace kaskad
