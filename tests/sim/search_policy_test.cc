#include "kaskad/sim/search_policy.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/sim/log_files.h"
#include "tests/sim/small_world.h"
#include "tests/sim/stub_server.h"

namespace kaskad::sim {
namespace {

using nlohmann::json;

class SearchPolicyTest : public testing::Test {
 protected:
  uint32_t living(int64_t time, size_t which) const {
    for (uint32_t item = 0;; ++item) {
      if (market_.catalogue().alive(item, time) && which-- == 0) return item;
    }
  }
  uint32_t dead(int64_t time) const {
    uint32_t item = 0;
    while (market_.catalogue().alive(item, time)) ++item;
    return item;
  }
  std::vector<uint32_t> rank(const RankingPolicy& policy) const {
    PageRequest request;
    request.visit = 5;
    request.number = 1;
    request.user = 7;
    request.query = 2;
    request.time = time_;
    std::vector<uint32_t> page;
    policy.rank(request, 2, page);
    return page;
  }
  std::string error_of(const std::string& body, int status = 200) const {
    const StubServer server([&](const json&) { return StubServer::Answer{status, body}; });
    try {
      rank(*make_search_policy(server.url(), market_, {}));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  PageRecord page_at(int64_t time) const {
    PageRecord page;
    page.visit = 5;
    page.number = 1;
    page.user = 7;
    page.query = 2;
    page.time = time;
    page.shown = {{8, 0, {1000, 3000, 0, 0}}, {9, 0, {}}};
    return page;
  }

  const Marketplace market_{world_with_time_left()};
  const int64_t time_ = market_.log_end() + kDay;
};

TEST_F(SearchPolicyTest, ThePageIsTheServersWithoutWhatDoesNotLive) {
  json told;
  const uint32_t first = living(time_, 0), second = living(time_, 1), third = living(time_, 2);
  const StubServer server([&](const json& request) {
    told = request;
    json items = json::array();
    for (const uint32_t item : {second, dead(time_), first, third}) {
      items.push_back({{"item_id", item_name(item)}});
    }
    return StubServer::Answer{200, json{{"items", items}}.dump()};
  });
  EXPECT_EQ(rank(*make_search_policy(server.url(), market_, {})),
            (std::vector<uint32_t>{second, first}));
  const std::string seed = std::to_string(market_.options().seed);
  EXPECT_EQ(told, (json{{"user_id", "u7"},
                        {"query", market_.book().query(2).text},
                        {"now", time_},
                        {"k", 2},
                        {"exclude_seen", false},
                        {"request_id", "s" + seed + "-5-1"}}));
}

TEST_F(SearchPolicyTest, WhatUsersDoAfterTheLogBecomesEvents) {
  json told;
  const StubServer server([&](const json& request) {
    told = request;
    return StubServer::Answer{200, R"({"stored": 1, "duplicates": 1})"};
  });
  const auto policy = make_search_policy(server.url(), market_, {});
  const PageRecord pages[] = {page_at(market_.log_end() - 1), page_at(time_)};
  policy->learn(pages);
  ASSERT_EQ(told["events"].size(), 2U) << "the log is known";
  const std::string id = "s" + std::to_string(market_.options().seed) + "-5-1";
  EXPECT_EQ(told["events"][1], (json{{"user_id", "u7"},
                                     {"item_id", "i8"},
                                     {"action", "save"},
                                     {"timestamp", time_ + 3000},
                                     {"query", market_.book().query(2).text},
                                     {"request_id", id},
                                     {"event_id", id + "-i8save"}}));
}

TEST_F(SearchPolicyTest, EventsThatAreNotTakenAreAnError) {
  const StubServer server(
      [&](const json&) { return StubServer::Answer{200, R"({"stored": 0, "future": 2})"}; });
  const PageRecord pages[] = {page_at(time_)};
  EXPECT_THROW(make_search_policy(server.url(), market_, {})->learn(pages), Error);
}

TEST_F(SearchPolicyTest, AnAnswerThatIsNoPageIsAnError) {
  EXPECT_NE(error_of("{}").find("/v1/search: found {}, expected an object with 'items'"),
            std::string::npos)
      << error_of("{}");
  EXPECT_NE(error_of(R"({"items": [{"item_id": "x1"}]})").find("expected an item of the world"),
            std::string::npos);
  EXPECT_NE(error_of("busy", 429).find("found status 429, busy"), std::string::npos);
  EXPECT_THROW(make_search_policy("http://10.0.0.1:80", market_, {}), Error);
}

}  // namespace
}  // namespace kaskad::sim
