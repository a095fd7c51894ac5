// A marketplace from its log to a served ranker that its users are played against.
#include <filesystem>

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

class MarketplaceTest : public testing::Test {
 protected:
  void SetUp() override {
    run({"simulate", "-o", "market", "--events", "20000", "--users", "300", "--items", "500",
         "--days", "20"});
    run({"ingest", "market/interactions.csv", "--item-features", "market/items.csv",
         "--user-features", "market/users.csv", "-o", "data"});
    run({"make-impressions", "data", "--split", "global-time:0.2", "--impressions",
         "market/impressions.csv", "--heads", "click,save", "-o", "lists"});
  }
  Ended run(const std::vector<std::string>& arguments) { return run_in(directory_, arguments); }

  TempDir directory_;
};

TEST_F(MarketplaceTest, ARankerOfTheLogIsPlayedAgainst) {
  run({"train-ranker", "gbdt", "data", "lists", "--rounds", "30", "--threads", "1", "-o", "trees"});
  run({"train-ranker", "bm25", "data", "lists", "--columns", "title", "-o", "words"});
  run({"train-ranker", "counters", "data", "lists", "-o", "counters"});
  const json found = run({"eval-ranker", "data", "lists", "--ranker", "trees", "--ranker", "words",
                          "--ranker", "counters", "--json"})
                         .json();
  ASSERT_EQ(found["rankers"].size(), 6u);
  EXPECT_GT(found["rankers"][1]["first_minus_this"]["ndcg@10"]["low"], 0.05);  // words
  EXPECT_TRUE(found.contains("segments"));

  RunningServer server(directory_, {"--ranker", "trees"});
  const json played =
      run({"simulate", "--world", "market", "--against",
           "http://127.0.0.1:" + std::to_string(server.port()), "--visits", "40", "--json"})
          .json();
  ASSERT_EQ(played["arms"].size(), 1u) << played.dump();
  const json& arm = played["arms"][0];
  EXPECT_GE(arm["counts"]["pages"], 40);
  EXPECT_GT(arm["figures"]["sifr"]["value"], 0);
  EXPECT_EQ(server.end(), 0);
}

TEST_F(MarketplaceTest, CountersGoOnWithNewerLists) {
  const json first = run({"count", "lists", "--parts", "train", "-o", "store", "--segments",
                          "query:item,country:item", "--windows", "0", "--json"})
                         .json();
  const json whole = run({"count", "lists", "--parts", "train,validation,test", "-o", "whole",
                          "--segments", "query:item,country:item", "--windows", "0", "--json"})
                         .json();
  const json updated = run({"count", "lists", "--parts", "train,validation,test", "-o", "store",
                            "--update", "--json"})
                           .json();
  EXPECT_EQ(first["lists"].get<int>() + updated["lists"].get<int>(), whole["lists"].get<int>());
  EXPECT_EQ(updated["segments"], whole["segments"]);
  const Ended refused =
      kaskad_in(directory_, {"count", "lists", "-o", "other", "--segments", "colour:item"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.error.find("colour"), std::string::npos) << refused.error;
}

TEST_F(MarketplaceTest, WhatIsNoMarketplaceIsNotReplaced) {
  std::filesystem::create_directories(directory_ / "mine");
  directory_.write("mine/notes.txt", "keep");
  const Ended refused = kaskad_in(directory_, {"simulate", "-o", "mine", "--events", "1000"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.error.find("no earlier simulation"), std::string::npos) << refused.error;
  EXPECT_EQ(read_file(directory_ / "mine/notes.txt"), "keep");
}

}  // namespace
}  // namespace kaskad
