// A cascade behind the routes: bodies in, JSON out, metrics, and one cascade in place of another.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"

namespace kaskad {
namespace {

using nlohmann::json;
using Ids = std::vector<std::string>;

class CascadeServerTest : public testing::Test {
 protected:
  void SetUp() override {
    builder_.retriever("a", {0, 1, 2, 3}, 4);
    builder_.retriever("b", {3, 7}, 2);
    builder_.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4);
    builder_.config.banned = {"i1"};
    service_ = std::make_unique<Service>(Bundles{.cascade = builder_.build()}, ServiceOptions{});
  }

  json ask(const std::string& path, const std::string& body, int status = 200) {
    const HttpResponse response = service_->handle({"POST", path, "", body});
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  std::string error_of(const std::string& path, const std::string& body) {
    return ask(path, body, 400)["error"];
  }
  std::string metrics() { return service_->handle({"GET", "/metrics", "", ""}).body; }

  static Ids ids(const json& items) {
    Ids found;
    for (const json& item : items) found.push_back(item["item_id"]);
    return found;
  }

  CascadeBuilder builder_;
  std::unique_ptr<Service> service_;
};

TEST_F(CascadeServerTest, RecommendsThroughAllStages) {
  const json answer = ask("/v1/recommend", R"({"history": ["i2", "what"], "k": 2})");
  EXPECT_EQ(ids(answer["items"]), (Ids{"i7", "i3"}));  // i2 was seen
  EXPECT_EQ(answer["items"][0]["score"], 7);
  EXPECT_FALSE(answer["items"][0].contains("sources"));
  EXPECT_EQ(answer["model"], "cascade");
  EXPECT_EQ(answer["history_length"], 1);
  EXPECT_EQ(answer["unknown_items"], json{"what"});
  EXPECT_EQ(answer["degraded"], json::array());
}

TEST_F(CascadeServerTest, SaysWhichRetrieversFoundAnItem) {
  const json items = ask("/v1/recommend", R"({"history": [], "k": 2, "sources": true})")["items"];
  EXPECT_EQ(items[1]["item_id"], "i3");
  EXPECT_EQ(items[1]["placed"], "ranked");
  EXPECT_EQ(items[1]["sources"], json::parse(R"([{"retriever": "a", "rank": 3, "score": 1.0},
                                                 {"retriever": "b", "rank": 1, "score": 2.0}])"));
}

TEST_F(CascadeServerTest, SaysWhichEventBroughtAnItem) {
  const json items =
      ask("/v1/recommend", R"({"history": ["?", "i5"], "k": 1, "explain": true})")["items"];
  EXPECT_EQ(items[0]["because"],
            json::parse(R"([{"item_id": "i5", "position": 1, "share": 5.0}])"));
}

TEST_F(CascadeServerTest, ASearchGivesTheQueryToTheRanker) {
  const json answer = ask("/v1/search", R"({"history": [], "query": "red shoes", "k": 1})");
  EXPECT_EQ(ids(answer["items"]), Ids{"i7"});
  EXPECT_EQ(builder_.table("rank")->asked().query, "red shoes");
  EXPECT_EQ(error_of("/v1/search", R"({"history": []})"),
            "found no 'query', expected what is searched for");
}

TEST_F(CascadeServerTest, ABrokenStageDegradesTheAnswer) {
  builder_.behaviour("rank")->mood = Mood::kThrows;
  const json answer = ask("/v1/recommend", R"({"user_id": "u", "k": 2})");
  EXPECT_EQ(ids(answer["items"]), (Ids{"i3", "i0"}));
  EXPECT_EQ(answer["degraded"], json::parse(R"([{"stage": "rank", "reason": "exception",
                             "why": "it failed: thrown on purpose", "fallback": "skip"}])"));
  const std::string text = metrics();
  EXPECT_NE(text.find("kaskad_stage_fallbacks_total{fallback=\"skip\",reason=\"exception\","
                      "stage=\"rank\"} 1"),
            std::string::npos)
      << text;
}

TEST_F(CascadeServerTest, ExplainsWhatHappenedToEachItem) {
  const json answer = ask("/v1/explain", R"({"history": [], "k": 2, "item_id": "i2"})");
  EXPECT_EQ(ids(answer["items"]), (Ids{"i7", "i3"}));
  Ids stages;
  for (const json& stage : answer["stages"]) stages.push_back(stage["stage"]);
  EXPECT_EQ(stages, (Ids{"a", "b", "filter", "rank", "blend"}));
  EXPECT_EQ(ids(answer["stages"][0]["candidates"]), (Ids{"i0", "i1", "i2", "i3"}));
  EXPECT_EQ(answer["stages"][3]["in"], 4);
  EXPECT_EQ(ids(answer["stages"][3]["candidates"]), (Ids{"i7", "i3", "i2", "i0"}));
  EXPECT_EQ(answer["stages"][3]["candidates"][0]["features"], json::parse(R"({"number": 7.0})"))
      << "what the ranker computed and what it knows";
  EXPECT_FALSE(answer["stages"][4]["candidates"][0].contains("features"));
  EXPECT_EQ(answer["dropped"][0],
            json::parse(R"({"item_id": "i1", "stage": "filter", "why": "banned"})"));
  EXPECT_EQ(answer["item"]["why"], "dropped by 'blend': place 3 of 4, the answer has 2");
  EXPECT_EQ(answer["item"]["path"][2], json::parse(R"({"stage": "rank", "position": 3,
                                                       "score": 2.0})"));
  EXPECT_EQ(ask("/v1/explain", R"({"history": [], "item_id": "?"})")["item"]["why"],
            "there is no such item");
}

TEST_F(CascadeServerTest, RefusesWhatItCannotDo) {
  EXPECT_EQ(error_of("/v1/recommend", R"({"history": [], "user_features": {"age": 3}})"),
            "'user_features': found 'age', expected what a retriever of the cascade reads");
  EXPECT_NE(error_of("/v1/recommend", R"({"history": [], "query": "x"})").find("unknown field"),
            std::string::npos);
}

TEST_F(CascadeServerTest, MetricsTellTheStagesApart) {
  for (int i = 0; i < 3; ++i) ask("/v1/recommend", R"({"history": []})");
  const std::string text = metrics();
  for (const char* line :
       {"kaskad_stage_seconds_count{stage=\"a\"} 3",
        "kaskad_stage_candidates_total{direction=\"in\",stage=\"filter\"} 18",
        "kaskad_stage_candidates_total{direction=\"out\",stage=\"filter\"} 12",
        "kaskad_stage_breaker_open{stage=\"rank\"} 0",
        "kaskad_stage_abandoned_calls{stage=\"b\"} 0", "kaskad_cascade_info{name=\"cascade\""}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST_F(CascadeServerTest, OneCascadeTakesOverFromAnother) {
  const json before = ask("/v1/recommend", R"({"history": []})");
  builder_.config.text = "changed";
  builder_.config.rank->keep = 1;
  service_->replace({.cascade = builder_.build()});
  const json after = ask("/v1/recommend", R"({"history": []})");
  EXPECT_NE(before["version"], after["version"]);
  EXPECT_EQ(after["items"].size(), 1u);
  service_->replace({.retriever = load_test_bundle()});
  ask("/v1/search", R"({"history": [], "query": "x"})", 404);
  EXPECT_EQ(ask("/v1/recommend", R"({"history": []})")["model"], "counting");
  EXPECT_EQ(error_of("/v1/recommend", R"({"history": [], "sources": true})"),
            "'sources': found true, expected none: no cascade is served here");
}

TEST_F(CascadeServerTest, ListsAreRankedByTheCascadesRanker) {
  const json answer =
      ask("/v1/rank", R"({"history": [], "candidates": ["i2", "i9", "i4"], "k": 1})");
  EXPECT_EQ(ids(answer["items"]), Ids{"i9"});
  EXPECT_EQ(answer["model"], "table");
}

}  // namespace
}  // namespace kaskad
