// POST /v1/rank on a socket, with a ranker that gives back what it is asked.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/server/request_limits.h"
#include "kaskad/server/server.h"
#include "tests/model/battery_log.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_client.h"
#include "tests/server/test_ranker.h"

namespace kaskad {
namespace {

using nlohmann::json;

using Ids = std::vector<std::string>;
using Items = std::vector<ItemId>;

class RankTest : public testing::Test {
 protected:
  void SetUp() override { serve({.ranker = test_ranker()}); }

  void serve(Bundles bundles) {
    client_.reset();
    ServerOptions options;
    options.http.port = 0;
    options.http.threads = 2;
    server_ = std::make_unique<Server>(std::move(bundles), options);
    server_->start();
    client_ = std::make_unique<TestClient>(server_->port());
  }

  json rank(const std::string& body, int status = 200) {
    const Answer answer = client_->post("/v1/rank", body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body);
  }
  std::string error_of(const std::string& body) { return rank(body, 400)["error"]; }

  static Ids ids(const json& answer) {
    Ids found;
    for (const json& item : answer["items"]) found.push_back(item["item_id"]);
    return found;
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

// Three candidates and a moment; `more` begins with a comma.
std::string three(const std::string& more) {
  return R"({"history": [], "now": 1000, "candidates": ["item-1", "item-2", "item-3"])" + more +
         "}";
}

TEST_F(RankTest, PutsCandidatesInTheOrderOfTheirScores) {
  const json answer = rank(three(R"(, "scores": [0.5, 2, 1])"));
  const json expected = {{{"item_id", "item-2"}, {"position", 1}, {"score", 2}},
                         {{"item_id", "item-3"}, {"position", 2}, {"score", 1}},
                         {{"item_id", "item-1"}, {"position", 0}, {"score", 0.5}}};
  EXPECT_EQ(answer["items"], expected);
  EXPECT_EQ(answer["model"], "echo");
  EXPECT_EQ(answer["version"], "fedcba987654");
  EXPECT_EQ(answer["history_length"], 0);
  EXPECT_EQ(answer["unknown_items"], json::array());
  EXPECT_EQ(answer["unknown_candidates"], json::array());
  EXPECT_FALSE(answer.contains("known_user"));
}

TEST_F(RankTest, EqualScoresKeepTheOrderOfTheRequest) {
  EXPECT_EQ(ids(rank(three(""))), (Ids{"item-1", "item-2", "item-3"}));
  EXPECT_EQ(ids(rank(three(R"(, "scores": [1, 2, 1])"))), (Ids{"item-2", "item-1", "item-3"}));
  EXPECT_EQ(ids(rank(three(R"(, "scores": [1, 2, 1], "k": 2)"))), (Ids{"item-2", "item-1"}));
  const json twice = rank(R"({"history": [], "now": 1, "candidates": ["item-1", "item-1"]})");
  EXPECT_EQ(twice["items"][0]["position"], 0);
  EXPECT_EQ(twice["items"][1]["position"], 1);
}

TEST_F(RankTest, GivesTheBestK) {
  EXPECT_EQ(ids(rank(three(R"(, "scores": [0.5, 2, 1], "k": 2)"))), (Ids{"item-2", "item-3"}));
  EXPECT_EQ(rank(three(R"(, "k": 10000)"))["items"].size(), 3u);
  EXPECT_EQ(rank(R"({"history": [], "now": 1, "candidates": []})")["items"], json::array());
}

TEST_F(RankTest, TellsTheScoresOfTheHeadsBehindTheirWeightedSum) {
  const json answer =
      rank(three(R"(, "scores": [4, 2, 1], "context": {"price": [0.5, null, 8]}, "heads": true)"));
  EXPECT_EQ(ids(answer), (Ids{"item-3", "item-1", "item-2"}));
  EXPECT_EQ(answer["items"][0]["score"], 1 + 2 * 8);
  EXPECT_EQ(answer["items"][0]["heads"], (json{{"score", 1}, {"price", 8}}));
  EXPECT_EQ(answer["items"][2]["heads"], (json{{"score", 2}, {"price", 0}}));
  EXPECT_FALSE(rank(three(R"(, "heads": false)"))["items"][0].contains("heads"));
}

// As in the lists that rankers learn from, where an item may be new, too.
TEST_F(RankTest, UnknownCandidatesHaveAScoreAndAreListed) {
  const json answer = rank(
      R"({"history": [], "now": 1, "candidates": ["item-4", "new", 17], "scores": [1, 3, 0]})");
  EXPECT_EQ(ids(answer), (Ids{"new", "item-4", "17"}));
  EXPECT_EQ(answer["unknown_candidates"], (json{"new", "17"}));
  EXPECT_EQ(last_asked().candidates, (Items{ItemId{4}, kNoItem, kNoItem}));
}

TEST_F(RankTest, AsksTheRankerWhatTheBodySays) {
  const json answer = rank(R"({
      "user_id": "user-5", "now": 1700000000,
      "history": [{"item_id": "item-6", "timestamp": 1600000020},
                  {"item_id": "gone", "timestamp": 1600000015},
                  {"item_id": "item-4", "timestamp": 1600000010}],
      "candidates": ["item-9", "item-8"], "scores": [0.25, -1], "ranks": [3, null],
      "query": "Red shoes", "context": {"price": [null, 12.5]}})");
  EXPECT_EQ(answer["known_user"], true);
  EXPECT_EQ(answer["history_length"], 2);
  EXPECT_EQ(answer["unknown_items"], json{"gone"});
  const Asked asked = last_asked();
  EXPECT_EQ(asked.user, UserId{5});
  EXPECT_EQ(asked.history, (Items{ItemId{4}, ItemId{6}}));
  EXPECT_EQ(asked.times, (std::vector<int64_t>{1'600'000'010'000, 1'600'000'020'000}));
  EXPECT_EQ(asked.now, 1'700'000'000'000);
  EXPECT_EQ(asked.candidates, (Items{ItemId{9}, ItemId{8}}));
  EXPECT_EQ(asked.scores, (std::vector<float>{0.25F, -1}));
  EXPECT_EQ(asked.ranks, (std::vector<uint32_t>{3, 0}));
  EXPECT_EQ(asked.query, "Red shoes");
  ASSERT_EQ(asked.context.size(), 4u);  // (candidates, {"stars", "price"})
  for (size_t at = 0; at < 3; ++at) EXPECT_TRUE(std::isnan(asked.context[at])) << at;
  EXPECT_EQ(asked.context[3], 12.5F);
}

TEST_F(RankTest, WhatIsNotSaidIsNotKnown) {
  EXPECT_EQ(rank(R"({"user_id": "nobody", "history": ["item-2"], "now": 5,
                     "candidates": ["item-1"]})")["known_user"],
            false);
  const Asked asked = last_asked();
  EXPECT_EQ(asked.user, kNoUser);
  EXPECT_EQ(asked.times, std::vector<int64_t>{5000});  // at the time of the request
  EXPECT_TRUE(asked.scores.empty() && asked.ranks.empty() && asked.context.empty());
}

TEST_F(RankTest, ActionsAreMappedByTheirNames) {
  using Codes = std::vector<uint8_t>;
  const std::string rest = R"(, "now": 1000, "candidates": ["item-1"]})";
  const json answer = rank(R"({"history": [{"item_id": "item-6", "timestamp": 30, "action": "look"},
                                           {"item_id": "item-2", "timestamp": 20},
                                           {"item_id": "item-4", "timestamp": 10, "action": "buy"},
                                           {"item_id": "item-5", "timestamp": 40, "action": "rob"},
                                           {"item_id": "item-5", "timestamp": 50, "action": "rob"},
                                           {"item_id": "gone", "timestamp": 25, "action": "eat"},
                                           {"item_id": "item-1", "timestamp": 60, "action": 7}])" +
                           rest);
  EXPECT_EQ(last_asked().history,
            (Items{ItemId{4}, ItemId{2}, ItemId{6}, ItemId{5}, ItemId{5}, ItemId{1}}));
  EXPECT_EQ(last_asked().actions,
            (Codes{0, kUnknownAction, 1, kUnknownAction, kUnknownAction, kUnknownAction}));
  EXPECT_EQ(answer["unknown_actions"], (json{"rob", "7"}));
  EXPECT_NE(client_->get("/metrics").body.find(R"(kaskad_unknown_ids_total{kind="action"} 2)"),
            std::string::npos);
  // None given at all: none is known.
  EXPECT_EQ(rank(R"({"history": ["item-6"])" + rest)["unknown_actions"], json::array());
  EXPECT_TRUE(last_asked().actions.empty());
  EXPECT_EQ(error_of(R"({"history": [{"item_id": "item-6", "action": null}])" + rest),
            "'history': found null, expected the name of an action as 'action' (text or a whole "
            "number)");
  EXPECT_EQ(error_of(R"({"history": [{"item_id": "item-6", "verb": "buy"}])" + rest),
            "'history': found the unknown field 'verb', expected item_id, timestamp, action");
}

TEST_F(RankTest, ActionsOfLaterEventsAreNotKnownYet) {
  rank(R"({"history": [{"item_id": "item-6", "timestamp": 30, "action": "look"},
                       {"item_id": "item-4", "timestamp": 10, "action": "buy"}],
           "now": 20, "candidates": ["item-1"]})");
  EXPECT_EQ(last_asked().actions, std::vector<uint8_t>{0});
}

TEST_F(RankTest, WithoutNowTheRequestIsMadeAtTheNewestEvent) {
  const std::string candidates = R"(, "candidates": ["item-1"]})";
  rank(R"({"history": [{"item_id": "item-6", "timestamp": 20}])" + candidates);
  EXPECT_EQ(last_asked().now, 20'000);
  EXPECT_EQ(error_of(R"({"history": ["item-6"])" + candidates),
            "found neither 'now' nor events with a timestamp, expected the time of the request");
  serve({.retriever = load_test_bundle(), .ranker = test_ranker()});
  rank(R"({"history": ["item-6"])" + candidates);
  EXPECT_EQ(last_asked().now, 130 * kDayMs);  // the end of what the retriever has learned
}

TEST_F(RankTest, EventsAfterNowAreNotKnownYet) {
  const json answer = rank(R"({"history": [{"item_id": "item-6", "timestamp": 20},
                                           {"item_id": "item-2", "timestamp": 30},
                                           {"item_id": "item-4", "timestamp": 31}],
                               "now": 30, "candidates": ["item-1"]})");
  EXPECT_EQ(answer["history_length"], 2);
  EXPECT_EQ(last_asked().history, (Items{ItemId{6}, ItemId{2}}));
  EXPECT_EQ(last_asked().times.size(), 2u);
}

TEST_F(RankTest, AnOrderWithoutAClockNeedsNoNow) {
  RankerBundle ordered = test_ranker();
  ordered.time_kind = TimeKind::kOrder;
  serve({.ranker = std::move(ordered)});
  rank(R"({"history": ["item-6", "item-2"], "candidates": ["item-1"]})");
  EXPECT_EQ(last_asked().history, (Items{ItemId{6}, ItemId{2}}));
}

TEST_F(RankTest, AUserIsKnownByTheHistoryThatTheRetrieverStores) {
  const std::string body = R"({"user_id": "user-0", "candidates": ["item-1", "item-4"]})";
  EXPECT_EQ(error_of(body),
            "found a 'user_id' without 'history', expected both: no retriever is served whose "
            "bundle stores histories");
  serve({.retriever = load_test_bundle(), .ranker = test_ranker()});
  EXPECT_EQ(rank(body)["history_length"], 6);
  EXPECT_EQ(last_asked().history,
            (Items{ItemId{0}, ItemId{2}, ItemId{4}, ItemId{6}, ItemId{8}, ItemId{10}}));
  EXPECT_EQ(last_asked().times.front(), 100 * kDayMs);
  EXPECT_EQ(rank(R"({"user_id": "nobody", "candidates": ["item-1"]})")["known_user"], false);
  EXPECT_TRUE(last_asked().history.empty());
}

// Either may be fitted anew without the other.
TEST_F(RankTest, RetrieverAndRankerMayNumberItemsDifferently) {
  serve({.retriever = load_test_bundle(),
         .ranker = test_ranker({"item-8", "item-0", "another", "item-4"})});
  const json answer =
      rank(R"({"user_id": "user-0", "candidates": ["item-4", "another", "item-2"]})");
  EXPECT_EQ(last_asked().history, (Items{ItemId{1}, ItemId{3}, ItemId{0}}));  // 0, 4, 8
  EXPECT_EQ(last_asked().times, (std::vector<int64_t>{100 * kDayMs, 102 * kDayMs, 104 * kDayMs}));
  EXPECT_EQ(last_asked().candidates, (Items{ItemId{3}, ItemId{2}, kNoItem}));
  EXPECT_EQ(answer["history_length"], 3);
  EXPECT_EQ(answer["unknown_candidates"], json{"item-2"});
}

TEST_F(RankTest, AClockAndOrderNumbersDoNotGoTogether) {
  RankerBundle ordered = test_ranker();
  ordered.time_kind = TimeKind::kOrder;
  EXPECT_THROW(server_->replace({.retriever = load_test_bundle(), .ranker = std::move(ordered)}),
               Error);
  EXPECT_EQ(rank(three(""))["items"].size(), 3u);  // the older one goes on
}

TEST_F(RankTest, SaysWhatWasFoundAndExpected) {
  EXPECT_EQ(error_of(""), "found an empty body, expected a JSON object");
  EXPECT_TRUE(error_of("{\"candidates\": [1,,]}").starts_with("the body is no JSON: line 1, "));
  EXPECT_EQ(error_of("{}"), "found no 'candidates', expected a list of ids");
  EXPECT_EQ(error_of(R"({"candidates": ["item-1"]})"),
            "found neither 'user_id' nor 'history', expected one of them or both");
  EXPECT_EQ(error_of(R"({"candidates": "item-1"})"),
            "'candidates': found \"item-1\", expected a list of ids");
  EXPECT_EQ(error_of(R"({"candidates": [1.5]})"),
            "'candidates': found 1.5, expected an id (text or a whole number)");
  EXPECT_EQ(error_of(three(R"(, "scores": [1, 2])")),
            "'scores': found 2 values, expected 3, one a candidate");
  EXPECT_EQ(error_of(three(R"(, "scores": [])")),
            "'scores': found 0 values, expected 3, one a candidate");
  EXPECT_EQ(error_of(three(R"(, "scores": [1, null, 2])")),
            "'scores': found null, expected a number");
  EXPECT_EQ(error_of(three(R"(, "scores": [1, 1e39, 2])")),
            "'scores': found 1e+39, expected a number");
  EXPECT_EQ(error_of(three(R"(, "ranks": [1, 0, 2])")),
            "'ranks': found 0, expected a rank from 1, or null");
  EXPECT_EQ(error_of(three(R"(, "ranks": [1, 2, 3, 4])")),
            "'ranks': found 4 values, expected 3, one a candidate");
  EXPECT_EQ(error_of(three(R"(, "context": [1])")),
            "'context': found a list, expected an object of lists of numbers by name");
  EXPECT_EQ(error_of(three(R"(, "context": {"price": [1, "2", 3]})")),
            "'context', 'price': found \"2\", expected a number or null");
  EXPECT_EQ(error_of(three(R"(, "context": {"price": [1]})")),
            "'context', 'price': found 1 values, expected 3, one a candidate");
  EXPECT_EQ(error_of(three(R"(, "context": {"colour": [1, 2, 3]})")),
            "'context': found 'colour', expected one of: stars, price");
  EXPECT_EQ(error_of(three(R"(, "k": 0)")), "'k': found 0, expected a whole number of 1 to 10000");
  EXPECT_EQ(error_of(three(R"(, "query": ["shoes"])")),
            "'query': found a list, expected a text of at most 1000 bytes");
  EXPECT_EQ(error_of(three(R"(, "heads": 1)")), "'heads': found 1, expected true or false");
  EXPECT_EQ(error_of(three(R"(, "histroy": 1)")),
            "found the unknown field 'histroy', expected one of: candidates, context, heads, "
            "history, k, now, query, ranks, scores, user_id");
}

TEST_F(RankTest, BoundsTheCandidates) {
  std::string most;
  for (size_t i = 0; i < kMaxCandidates; ++i) most += i == 0 ? "1" : ",1";
  const std::string head = R"({"history": [], "now": 1, "k": 1, "candidates": [)";
  EXPECT_EQ(rank(head + most + "]}")["items"].size(), 1u);
  EXPECT_EQ(error_of(head + most + ",1]}"),
            "'candidates': found 10001 ids, expected at most 10000");
}

TEST_F(RankTest, ServesWhatThereIs) {
  EXPECT_EQ(json::parse(client_->post("/v1/recommend", "{}").body)["error"],
            "no retriever is served here; `kaskad serve` takes one as --bundle");
  for (const char* path : {"/v1/items", "/v1/items/item-4/similar", "/v1/users/user-0"}) {
    EXPECT_EQ(client_->get(path).status, 404) << path;
  }
  EXPECT_EQ(client_->get("/v2/health/ready").status, 200);
  EXPECT_EQ(client_->get("/metrics").body.find("kaskad_bundle_info{"), std::string::npos);
  serve({.retriever = load_test_bundle()});
  EXPECT_EQ(rank(three(""), 404)["error"],
            "no ranker is served here; `kaskad serve` takes one as --ranker");
}

TEST_F(RankTest, CountsWhatItAnswers) {
  rank(three(""));
  rank(R"({"user_id": "nobody", "history": ["what"], "now": 1, "candidates": ["new", "newer"]})");
  rank("{", 400);
  const std::string text = client_->get("/metrics").body;
  for (const char* line :
       {R"(kaskad_requests_total{method="POST",path="/v1/rank",status="200"} 2)",
        R"(kaskad_requests_total{method="POST",path="/v1/rank",status="400"} 1)",
        R"(kaskad_request_seconds_count{path="/v1/rank"} 3)",
        R"(kaskad_rank_candidates_bucket{le="1"} 0)", R"(kaskad_rank_candidates_bucket{le="3"} 2)",
        "kaskad_rank_candidates_sum 5", R"(kaskad_unknown_ids_total{kind="candidate"} 2)",
        R"(kaskad_unknown_ids_total{kind="item"} 1)", R"(kaskad_unknown_ids_total{kind="user"} 1)",
        "# TYPE kaskad_history_cache_hits_total counter", "kaskad_history_cache_hits_total 7",
        "kaskad_history_cache_misses_total 3", "# TYPE kaskad_history_cache_entries gauge",
        "kaskad_history_cache_entries 2", "kaskad_history_cache_bytes 4096", "kaskad_ranker_info{",
        R"(model="echo")", "kaskad_ranker_age_seconds "}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST_F(RankTest, TurnsAnExceptionIntoStatus500AndGoesOn) {
  throw_on_next_ranking();
  EXPECT_EQ(rank(three(""), 500)["error"], "internal error; the server's log says more");
  EXPECT_EQ(rank(three(""))["items"].size(), 3u);
}

TEST_F(RankTest, ANewRankerTakesOverFromTheNextRequestOn) {
  RankerBundle next = test_ranker();
  next.hash = "0123456789abcdef";
  server_->replace({.ranker = std::move(next)});
  EXPECT_EQ(rank(three(""))["version"], "0123456789ab");
  const std::string metrics = client_->get("/metrics").body;
  EXPECT_NE(metrics.find(R"(version="0123456789ab")"), std::string::npos);
  EXPECT_EQ(metrics.find("fedcba987654"), std::string::npos);
}

TEST_F(RankTest, ParallelClientsGetTheSameAnswers) {
  const std::string body = three(R"(, "scores": [3, 1, 2], "heads": true)");
  const std::string expected = client_->post("/v1/rank", body).body;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      TestClient client(server_->port());
      for (int i = 0; i < 40; ++i) right += client.post("/v1/rank", body).body == expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 320);
}

}  // namespace
}  // namespace kaskad
