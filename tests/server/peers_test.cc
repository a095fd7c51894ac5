// Servers that share a Redis hear of each other: of pages and actions for counters of pairs, of
// events for counters of items, of actions for the page that another server gave.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/core/day.h"
#include "kaskad/doctor/readings.h"
#include "kaskad/server/service.h"
#include "kaskad/state/redis_store.h"
#include "tests/server/counted_search.h"
#include "tests/server/test_ranker.h"
#include "tests/state/redis_process.h"

namespace kaskad {
namespace {

using nlohmann::json;

class PeersTest : public testing::Test {
 protected:
  std::unique_ptr<Service> serve(Bundles bundles) const {
    auto store =
        open_redis_store(redis_.url(), {.sync = false, .timeout_ms = 60'000, .peers = true});
    return std::make_unique<Service>(
        std::move(bundles),
        ServiceOptions{.live = std::make_shared<LiveState>(std::move(store), nullptr)});
  }
  static json ask(Service& server, const std::string& path, const json& body) {
    const std::string text = body.dump();
    const HttpResponse response = server.handle({"POST", path, "", text});
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  void search(Service& server, const std::string& request_id) const {
    ask(server, "/v1/search",
        {{"user_id", "u1"},
         {"query", "hats"},
         {"k", 10},
         {"now", search_.as_of() + 1},
         {"request_id", request_id}});
  }
  void click(Service& server, const std::string& item, const std::string& request_id) const {
    const json event = {{"user_id", "u1"},
                        {"item_id", item},
                        {"action", "click"},
                        {"timestamp", search_.as_of() + 2},
                        {"request_id", request_id}};
    ask(server, "/v1/events", {{"events", {event}}});
  }
  std::string first(Service& server) const {
    const json answer = ask(
        server, "/v1/explain",
        {{"history", json::array()}, {"query", "hats"}, {"k", 10}, {"now", search_.as_of() + 1}});
    return answer["items"][0]["item_id"];
  }
  // Until it has heard so much in all.
  static void wait_for_news(Service& server, double count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (metric(server, "kaskad_peer_news_total") < count &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_EQ(metric(server, "kaskad_peer_news_total"), count);
  }
  static double metric(Service& server, const std::string& name,
                       const doctor::Labels& labels = {}) {
    const std::string text = server.handle({"GET", "/metrics", "", ""}).body;
    const doctor::Readings readings({}, doctor::MetricsText::parse(text, "metrics"), 1, 0);
    return readings.value(name, labels).value_or(-1);
  }

  const RedisProcess redis_{{"--appendonly", "yes", "--appendfsync", "no"}};
  const CountedSearch search_;
};

constexpr char kPairs[] = "kaskad_live_pairs";
constexpr char kJoined[] = "kaskad_joined_actions_total";

TEST_F(PeersTest, AClickAtOneCountsForTheQueryOfThePageThatTheOtherShowed) {
  const auto a = serve(search_.cascade()), b = serve(search_.cascade());
  search(*a, "one");
  wait_for_news(*b, 1);
  EXPECT_EQ(metric(*b, kPairs), 10) << "what the other has shown counts";
  click(*b, "i7", "one");
  EXPECT_EQ(first(*b), "i7");
  wait_for_news(*a, 1);
  EXPECT_EQ(first(*a), "i7");
}

TEST_F(PeersTest, APageIsCountedWhereItWasShownAndJoinedWithActionsOfAll) {
  const auto a = serve(search_.cascade()), b = serve(search_.cascade());
  search(*a, "one");
  wait_for_news(*b, 1);
  click(*b, "i7", "one");
  wait_for_news(*a, 1);
  EXPECT_EQ(metric(*a, "kaskad_useful_pages_total"), 1);
  EXPECT_EQ(metric(*a, "kaskad_clicked_items_total"), 1);
  EXPECT_EQ(metric(*a, kJoined, {{"page", "page"}}), 0) << "it came in at the other";
  EXPECT_EQ(metric(*b, kJoined, {{"page", "elsewhere"}}), 1);
  EXPECT_EQ(metric(*b, kJoined, {{"page", "unknown"}}), 0);
  EXPECT_LE(metric(*b, "kaskad_pages_total"), 0) << "the other one's page is counted there";
}

TEST_F(PeersTest, WhoStartsOrReloadsKnowsWhatTheOthersTold) {
  const auto a = serve(search_.cascade());
  search(*a, "one");
  auto b = serve(search_.cascade());
  wait_for_news(*b, 1);
  click(*b, "i7", "one");
  const auto c = serve(search_.cascade());
  wait_for_news(*c, 2);
  EXPECT_EQ(first(*c), "i7");
  b->replace(search_.cascade());
  EXPECT_EQ(first(*b), "i7") << "its own, without a journal, and those of the others";
  EXPECT_EQ(metric(*b, kPairs), 10);
  b.reset();
  b = serve(search_.cascade());
  wait_for_news(*b, 2);
  EXPECT_EQ(first(*b), "i7") << "there is no journal";
}

// Counters of items are no sets: what is told twice would count twice.
TEST_F(PeersTest, AnEventCountsOnceInTheCountersOfItemsOfEach) {
  const auto counting = [] {
    RankerBundle bundle = test_ranker();
    bundle.live = std::make_shared<LiveItemEvents>(kMillisecondsADay);
    return Bundles{.ranker = std::move(bundle)};
  };
  const auto count = [](Service& server) {
    return server.served()->counting().at(0)->live->size();
  };
  const auto a = serve(counting()), b = serve(counting());
  const auto tell = [&](Service& server, const std::string& item) {
    ask(server, "/v1/events", {{"events", {{{"user_id", "u"}, {"item_id", item}}}}});
  };
  tell(*a, "item-1");
  tell(*b, "item-2");
  wait_for_news(*a, 1);
  wait_for_news(*b, 1);
  EXPECT_EQ(count(*a), 2u);
  EXPECT_EQ(count(*b), 2u);
  // Who starts reads the store, and then the same events as news.
  const auto c = serve(counting());
  wait_for_news(*c, 2);
  EXPECT_EQ(count(*c), 2u);
  tell(*c, "item-3");
  wait_for_news(*a, 2);
  a->replace(counting());
  EXPECT_EQ(count(*a), 3u);
}

TEST_F(PeersTest, ServersThatShareNothingHaveNoSuchMetrics) {
  Service alone(search_.cascade(), ServiceOptions{});
  EXPECT_EQ(alone.handle({"GET", "/metrics", "", ""}).body.find("kaskad_peer"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
