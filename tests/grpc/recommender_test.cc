// The methods of kaskad.v1.Recommender: the answers, and the refusals, that HTTP gives.
#include <limits>

#include "kaskad/core/utc.h"
#include "tests/cascade/fakes.h"
#include "tests/grpc/grpc_test_server.h"
#include "tests/model/battery_log.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_ranker.h"
#include "tests/state/plain_store.h"

namespace kaskad {
namespace {

class RecommenderTest : public GrpcTest {
 protected:
  void SetUp() override { serve({.retriever = load_test_bundle(), .ranker = test_ranker()}); }

  void serve_cascade() {
    CascadeBuilder builder;
    builder.retriever("a", {0, 1, 2, 3}, 4);
    builder.retriever("b", {5, 6}, 2);
    builder.ranker("rank", {1, 5, 3, 2, 0, 9, 4}, 6);
    serve({.cascade = builder.build()});
  }
  void serve_events(std::string token = "") {
    live_ = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits{}), nullptr);
    serve({.retriever = load_test_bundle()}, {.live = live_, .write_token = std::move(token)});
  }

  v1::RecommendResponse recommend(const v1::RecommendRequest& request) {
    return call(&RecommenderStub::Recommend, *recommender_, request);
  }
  static v1::RecommendRequest of_user(const std::string& id) {
    v1::RecommendRequest request;
    request.set_user_id(id);
    return request;
  }
  static v1::AppendEventsRequest event(const std::string& user, const std::string& item) {
    v1::AppendEventsRequest request;
    auto* one = request.add_events();
    one->set_user_id(user);
    one->set_item_id(item);
    one->set_timestamp(150 * kDayMs / 1000);
    return request;
  }

  std::shared_ptr<LiveState> live_;
};

TEST_F(RecommenderTest, RecommendsWhatHttpRecommends) {
  v1::RecommendRequest user = of_user("user-1");
  user.set_k(3);
  user.add_exclude("item-13");
  const auto answer = recommend(user);
  EXPECT_EQ(answer.items_size(), 3);
  EXPECT_EQ(answer.history_length(), 6U);
  EXPECT_TRUE(answer.known_user());
  expect_equal(
      answer,
      from_json<v1::RecommendResponse>(
          post("/v1/recommend", R"({"user_id": "user-1", "k": 3, "exclude": ["item-13"]})").body));
}

TEST_F(RecommenderTest, ReadsEveryFieldOfAHistory) {
  v1::RecommendRequest request;
  for (const auto& [item, time] :
       {std::pair("item-2", 20), std::pair("nobody-knows", 10), std::pair("item-4", 5)}) {
    auto* event = request.mutable_history()->add_events();
    event->set_item_id(item);
    event->set_timestamp(time);
  }
  request.set_exclude_seen(false);
  for (const char* item : {"item-2", "item-6", "item-8"}) request.mutable_allow()->add_ids(item);
  request.set_explain(true);
  request.set_now(100);
  request.set_request_id("mine");
  const auto answer = recommend(request);
  EXPECT_EQ(answer.items_size(), 3);
  EXPECT_GT(answer.items(0).because_size(), 0);
  EXPECT_EQ(answer.request_id(), "mine");
  EXPECT_EQ(answer.unknown_items(0), "nobody-knows");
  EXPECT_FALSE(answer.has_known_user());
  expect_equal(answer, from_json<v1::RecommendResponse>(post("/v1/recommend", R"({"history": [
      {"item_id": "item-2", "timestamp": 20}, {"item_id": "nobody-knows", "timestamp": 10},
      {"item_id": "item-4", "timestamp": 5}], "exclude_seen": false, "explain": true, "now": 100,
      "allow": ["item-2", "item-6", "item-8"], "request_id": "mine"})")
                                                            .body));
  request.mutable_allow()->clear_ids();
  EXPECT_EQ(recommend(request).items_size(), 0) << "an empty list allows nothing";
}

TEST_F(RecommenderTest, RanksWhatHttpRanks) {
  v1::RankRequest request;
  request.set_user_id("user-1");
  for (const char* item : {"item-1", "nobody-knows", "item-3"}) request.add_candidates(item);
  for (const float score : {0.5F, 1.0F, 0.25F}) request.add_scores(score);
  for (const uint32_t rank : {2U, 1U, 0U}) request.add_ranks(rank);
  auto& price = (*request.mutable_context())["price"];
  for (const float value : {1.0F, std::numeric_limits<float>::quiet_NaN(), 7.0F}) {
    price.add_values(value);
  }
  request.set_heads(true);
  request.set_query("red shoes");
  const auto answer = call(&RecommenderStub::Rank, *recommender_, request);
  ASSERT_EQ(answer.items_size(), 3);
  EXPECT_EQ(answer.items(0).item_id(), "item-3");
  EXPECT_FLOAT_EQ(answer.items(0).score(), 0.25F + 2 * 7.0F);
  EXPECT_EQ(answer.items(0).heads().at("price"), 7.0F);
  EXPECT_EQ(last_asked().ranks, (std::vector<uint32_t>{2, 1, 0}));
  EXPECT_EQ(last_asked().query, "red shoes");
  expect_equal(answer, from_json<v1::RankResponse>(post("/v1/rank", R"({"user_id": "user-1",
      "candidates": ["item-1", "nobody-knows", "item-3"], "scores": [0.5, 1, 0.25],
      "ranks": [2, 1, null], "context": {"price": [1, null, 7]}, "heads": true,
      "query": "red shoes"})")
                                                       .body));
}

TEST_F(RecommenderTest, ACascadeSearchesAndExplains) {
  serve_cascade();
  v1::SearchRequest search;
  search.mutable_history();
  search.set_query("shoes");
  search.set_sources(true);
  search.set_k(4);
  const auto found = call(&RecommenderStub::Search, *recommender_, search);
  EXPECT_EQ(found.items(0).item_id(), "i5") << "the ranker's 9";
  EXPECT_EQ(found.items(0).sources(0).retriever(), "b");
  expect_equal(
      found, from_json<v1::RecommendResponse>(
                 post("/v1/search", R"({"history": [], "query": "shoes", "sources": true, "k": 4})")
                     .body));
  v1::ExplainRequest why;
  why.mutable_history();
  why.set_item_id("i4");
  auto explained = call(&RecommenderStub::Explain, *recommender_, why);
  auto expected = from_json<v1::ExplainResponse>(
      post("/v1/explain", R"({"history": [], "item_id": "i4"})").body);
  ASSERT_EQ(explained.stages_size(), expected.stages_size());
  ASSERT_GT(explained.stages_size(), 2);
  for (auto* answer : {&explained, &expected}) {
    for (auto& stage : *answer->mutable_stages()) stage.clear_seconds();  // differ each time
  }
  expect_equal(explained, expected);
  EXPECT_EQ(explained.item().item_id(), "i4");
  EXPECT_FALSE(explained.item().why().empty());
}

TEST_F(RecommenderTest, RefusesInTheWordsOfHttp) {
  const auto refusal = [&](const v1::RecommendRequest& request, const std::string& body) {
    v1::RecommendResponse response;
    const auto status = attempt(&RecommenderStub::Recommend, *recommender_, request, response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    const Answer http = post("/v1/recommend", body);
    EXPECT_EQ(http.status, 400);
    EXPECT_EQ(status.error_message(), json::parse(http.body)["error"].get<std::string>());
  };
  refusal({}, "{}");
  v1::RecommendRequest request = of_user("u");
  request.mutable_history();
  refusal(request, R"({"user_id": "u", "history": []})");
  request = of_user("u");
  request.set_k(0);
  refusal(request, R"({"user_id": "u", "k": 0})");
  request.set_k(1001);
  refusal(request, R"({"user_id": "u", "k": 1001})");
  request.set_k(101);
  request.set_explain(true);
  refusal(request, R"({"user_id": "u", "k": 101, "explain": true})");
  request = of_user("u");
  request.set_request_id(std::string(201, 'r'));
  refusal(request, R"({"user_id": "u", "request_id": ")" + std::string(201, 'r') + "\"}");
  request = of_user("u");
  request.set_sources(true);
  refusal(request, R"({"user_id": "u", "sources": true})");
  request = of_user("u");
  (*request.mutable_user_features())["age"].add_numbers(30);
  refusal(request, R"({"user_id": "u", "user_features": {"age": 30}})");
  request.Clear();
  request.mutable_history()->add_events()->set_item_id("item-1");
  request.mutable_history()->add_events()->set_item_id("item-2");
  request.mutable_history()->mutable_events(1)->set_timestamp(1);
  refusal(request, R"({"history": ["item-1", {"item_id": "item-2", "timestamp": 1}]})");
  request.mutable_history()->clear_events();
  std::string items;
  for (int i = 0; i <= 10'000; ++i) {
    request.mutable_history()->add_events()->set_item_id("i");
    items += i == 0 ? "\"i\"" : ",\"i\"";
  }
  refusal(request, R"({"history": [)" + items + "]}");
}

TEST_F(RecommenderTest, ListsThatDoNotFitAreRefused) {
  const auto error = [&](const v1::RankRequest& request) {
    v1::RankResponse response;
    const auto status = attempt(&RecommenderStub::Rank, *recommender_, request, response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  v1::RankRequest request;
  request.add_candidates("item-1");
  EXPECT_EQ(error(request), "found neither 'user_id' nor 'history', expected one of them or both");
  request.set_user_id("user-1");
  request.add_ranks(1);
  request.add_ranks(2);
  EXPECT_EQ(error(request), "'ranks': found 2 values, expected 1, one a candidate");
  request.clear_ranks();
  request.add_scores(std::numeric_limits<float>::infinity());
  EXPECT_EQ(error(request), "'scores': found inf, expected a number");
  request.clear_scores();
  (*request.mutable_context())["price"];
  EXPECT_EQ(error(request), "'context', 'price': found 0 values, expected 1, one a candidate");
  request.clear_context();
  for (int i = 0; i < 10'000; ++i) request.add_candidates("c");
  EXPECT_EQ(error(request), "'candidates': found 10001 ids, expected at most 10000");
  v1::RecommendRequest both = of_user("u");
  (*both.mutable_user_features())["age"].add_numbers(1);
  (*both.mutable_user_features())["age"].add_texts("old");
  v1::RecommendResponse response;
  EXPECT_EQ(attempt(&RecommenderStub::Recommend, *recommender_, both, response).error_message(),
            "'user_features', 'age': found texts and numbers, expected one of them");
}

TEST_F(RecommenderTest, WhatIsNotServedIsNotFound) {
  v1::RecommendResponse response;
  v1::SearchRequest search;
  const auto status = attempt(&RecommenderStub::Search, *recommender_, search, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(),
            "no cascade is served here; `kaskad serve` takes one as a file, cascade.toml");
  v1::AppendEventsResponse taken;
  EXPECT_EQ(attempt(&RecommenderStub::AppendEvents, *recommender_, event("u", "item-1"), taken)
                .error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RecommenderTest, EventsAreKnownToBothAtOnce) {
  serve_events();
  EXPECT_FALSE(recommend(of_user("stranger")).known_user());
  v1::AppendEventsRequest request = event("stranger", "item-2");
  request.mutable_events(0)->set_action("click");
  *request.add_events() = request.events(0);
  request.mutable_events(1)->set_item_id("nobody-knows");
  const auto taken = call(&RecommenderStub::AppendEvents, *recommender_, request);
  EXPECT_EQ(taken.stored(), 2U);
  EXPECT_EQ(taken.unknown_items(), 1U);
  EXPECT_EQ(call(&RecommenderStub::AppendEvents, *recommender_, request).duplicates(), 2U);
  const LiveEvent stored = live_->store().history("stranger", 10)[0];
  EXPECT_EQ(stored.action, "click");
  EXPECT_EQ(stored.time, 150 * kDayMs);
  EXPECT_EQ(stored.weight, 1);
  EXPECT_TRUE(recommend(of_user("stranger")).known_user());
  EXPECT_EQ(json::parse(post("/v1/recommend", R"({"user_id": "stranger"})").body)["known_user"],
            true);
  v1::DeleteUserRequest user;
  user.set_user_id("stranger");
  EXPECT_EQ(call(&RecommenderStub::DeleteUser, *recommender_, user).erased_events(), 2U);
  EXPECT_FALSE(recommend(of_user("stranger")).known_user());
}

TEST_F(RecommenderTest, AnEventWithoutATimeIsOfNowAndAMalformedOneTakesNone) {
  serve_events();
  v1::AppendEventsRequest request = event("u", "item-1");
  request.mutable_events(0)->clear_timestamp();
  call(&RecommenderStub::AppendEvents, *recommender_, request);
  EXPECT_NEAR(static_cast<double>(live_->store().history("u", 1)[0].time),
              static_cast<double>(wall_clock()), 600'000);
  request = event("v", "item-1");
  request.add_events()->set_user_id("v");
  v1::AppendEventsResponse response;
  const auto status = attempt(&RecommenderStub::AppendEvents, *recommender_, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "'events', event 2: found no 'item_id', expected an id");
  EXPECT_TRUE(live_->store().history("v", 1).empty());
}

TEST_F(RecommenderTest, ChangingNeedsTheTokenAndReadingDoesNot) {
  serve_events("secret");
  v1::AppendEventsResponse taken;
  for (const char* wrong : {"", "secreT", "secret2"}) {
    const auto status =
        attempt(&RecommenderStub::AppendEvents, *recommender_, event("u", "item-1"), taken, wrong);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << wrong;
  }
  EXPECT_EQ(
      call(&RecommenderStub::AppendEvents, *recommender_, event("u", "item-1"), "secret").stored(),
      1U);
  v1::DeleteUserRequest user;
  user.set_user_id("u");
  v1::DeleteUserResponse erased;
  EXPECT_EQ(attempt(&RecommenderStub::DeleteUser, *recommender_, user, erased).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(recommend(of_user("u")).history_length(), 1U);
}

}  // namespace
}  // namespace kaskad
