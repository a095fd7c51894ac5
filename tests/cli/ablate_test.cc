// What each component of a recipe earns: runs, resumption, budget, faults.
#include <filesystem>

#include "tests/cli/program.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class AblateTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    directory_.write("recipe.toml",
                     "dimension = 16\nmax_history = 12\nbatch = 64\nepochs = 2\n"
                     "learning_rate = 0.01\n");
  }
  static std::vector<std::string> ablate(const std::vector<std::string>& further) {
    std::vector<std::string> arguments = {"ablate", "data", "recipe.toml", "-o", "out", "--json"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return arguments;
  }
};

TEST_F(AblateTest, TrainsWithoutAComponentAndNothingTwice) {
  const auto command = ablate({"--seeds", "1,2", "--only", "dropout", "--jobs", "2"});
  const json first = run(command).json();
  EXPECT_EQ(first["trained"], 4);  // the recipe and the component, two seeds each
  ASSERT_EQ(first["components"].size(), 1u);
  const json& dropout = first["components"][0];
  EXPECT_EQ(dropout["name"], "dropout");
  EXPECT_EQ(dropout["settings"], json::parse(R"(["dropout=0"])"));
  EXPECT_EQ(dropout["seeds"], json::parse("[1, 2]"));
  EXPECT_LE(dropout["metrics"]["ndcg@10"]["low"], dropout["metrics"]["ndcg@10"]["value"]);
  EXPECT_GT(dropout["train_seconds"]["without"], 0);
  EXPECT_GT(dropout["cpu_seconds"]["without"], 0);
  EXPECT_GT(dropout["latency_ms"]["without"], 0);
  EXPECT_EQ(dropout["flops"]["change"], 0);            // it does nothing when it is served
  EXPECT_GT(first["baseline"]["flops"], 2 * 16 * 40);  // the dot products alone
  EXPECT_GT(first["baseline"]["peak_memory"], 1 << 20);
  EXPECT_EQ(first["requests"], 400);
  EXPECT_EQ(first["left_out"][0]["name"], "causal");
  EXPECT_EQ(json::parse(read_file(directory_ / "out/ablation.json")), first);
  EXPECT_GT(read_file(directory_ / "out/ablation.html").size(), 10'000u);

  const json second = run(command).json();
  EXPECT_EQ(second["trained"], 0);
  EXPECT_EQ(second["components"][0]["metrics"], dropout["metrics"]);

  // A component more, a seed less: what is there is used.
  const json third = run(ablate({"--seeds", "1", "--only", "dropout,blocks"})).json();
  EXPECT_EQ(third["trained"], 1);
  EXPECT_EQ(third["components"].size(), 2u);
  for (const json& one : third["components"]) {
    if (one["name"] == "blocks") {
      EXPECT_LT(one["flops"]["change"], -0.1);
    }
  }
  const Ended table =
      run({"ablate", "data", "recipe.toml", "-o", "out", "--seeds", "1", "--only", "blocks"});
  EXPECT_NE(table.output.find("Change without it, 95% intervals"), std::string::npos);
}

TEST_F(AblateTest, AFailedTrainingIsReportedAndTheOthersGoOn) {
  run(ablate({"--seeds", "1", "--only", "blocks"}));
  fs::create_directories(directory_ / "out/runs/dropout/seed-1/checkpoints/last");
  write_file(directory_ / "out/runs/dropout/seed-1/checkpoints/last/state.json", "{");
  const json found = run(ablate({"--seeds", "1"})).json();
  ASSERT_EQ(found["failed"].size(), 1u);
  EXPECT_EQ(found["failed"][0]["name"], "dropout");
  const std::string error = found["failed"][0]["error"];
  EXPECT_NE(error.find("state.json"), std::string::npos) << error;
  EXPECT_NE(error.find("exit status 1"), std::string::npos) << error;
  ASSERT_EQ(found["components"].size(), 1u);
  EXPECT_EQ(found["components"][0]["name"], "blocks");
}

TEST_F(AblateTest, WhatABudgetLeavesOutIsNamed) {
  const json found = run(ablate({"--seeds", "1,2", "--budget", "0.01"})).json();
  EXPECT_EQ(found["trained"], 1);  // the first is begun, whatever it takes
  EXPECT_TRUE(found["components"].empty());
  // Behind what has an obstacle: the baseline's second seed, then components.
  EXPECT_EQ(found["left_out"][1]["name"], "baseline, seed 2");
  EXPECT_EQ(found["left_out"].size(), 1 + 1 + 2 * 2u);
}

TEST_F(AblateTest, FaultsNameWhatWasFoundAndExpected) {
  const auto error_of = [&](const std::vector<std::string>& further) {
    const Ended ended = kaskad_in(directory_, ablate(further));
    EXPECT_EQ(ended.status, 1);
    return ended.error;
  };
  const auto says = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(error_of({"--only", "dropuot"}), "--only: found 'dropuot', expected a component that this");
  says(error_of({"--seeds", "1,2,1"}), "--seeds: found 1 twice");
  says(error_of({"--set", "epochs=x"}), "--set, key 'epochs'");
  says(error_of({"--set", "model=bst"}), "found no --lists");
  says(error_of({"--lists", "lists"}), "sasrec retrieves");
  EXPECT_FALSE(fs::exists(directory_ / "out"));
  run(ablate({"--seeds", "1", "--only", "dropout", "--set", "epochs=1"}));
  says(error_of({"--seeds", "1"}), "another recipe: epochs was 1 and is 2");
  fs::create_directories(directory_ / "mine");
  write_file(directory_ / "mine/diary.txt", "dear");
  const Ended refused = kaskad_in(directory_, {"ablate", "data", "recipe.toml", "-o", "mine"});
  says(refused.error, "is not an earlier ablation");
}

TEST_F(AblateTest, ListSaysWhatWouldBeTrained) {
  const json listed = run({"ablate", "data", "recipe.toml", "--list", "--json"}).json();
  ASSERT_EQ(listed["components"].size(), 3u);
  EXPECT_EQ(listed["components"][0]["name"], "blocks");
  EXPECT_EQ(listed["components"][0]["settings"][0], "blocks=1");
  const Ended table = run({"ablate", "data", "recipe.toml", "--list"});
  EXPECT_NE(table.output.find("would copy its answer"), std::string::npos) << table.output;
}

// Searches of the simulated marketplace, with the counters and the query in the model.
using SlowAblateTest = AblateTest;

TEST_F(SlowAblateTest, InteractRankIsMeasuredAsOfItsValidationLists) {
  run({"simulate", "-o", "market", "--events", "60000", "--threads", "1"});
  run({"ingest", "market/interactions.csv", "--item-features", "market/items.csv",
       "--user-features", "market/users.csv", "-o", "shop"});
  run({"make-impressions", "shop", "--split", "global-time:0.2", "--impressions",
       "market/impressions.csv", "--heads", "click,save", "-o", "lists"});
  directory_.write("interact.toml",
                   "model = \"interact_rank\"\ndimension = 16\nepochs = 2\n"
                   "counters = [\"query:item\", \"item\"]\n");
  const json found =
      run({"ablate", "shop", "interact.toml", "--lists", "lists", "--seeds", "1,2", "--only",
           "session,counters.query:item,head_vectors", "-o", "out", "--json"})
          .json();
  EXPECT_EQ(found["trained"], 8);
  ASSERT_EQ(found["components"].size(), 3u);
  EXPECT_EQ(found["on"], "validation");
  for (const json& one : found["components"]) {
    EXPECT_TRUE(one["metrics"].contains("hits@1"));
    if (one["name"] == "session") {
      EXPECT_LT(one["flops"]["change"], 0);
    }
  }
  // The training's own figure of its best epoch, by the heads' weighted mean, is not far.
  EXPECT_GT(found["baseline"]["metrics"]["ndcg@10"], 0.05);
  const json test =
      run({"ablate", "shop", "interact.toml", "--lists", "lists", "--seeds", "1,2", "--only",
           "session", "--on", "test", "--metric", "hits@3", "-o", "out", "--json"})
          .json();
  EXPECT_EQ(test["trained"], 0);
  EXPECT_EQ(test["metrics"][0], "hits@3");
}

}  // namespace
}  // namespace kaskad
