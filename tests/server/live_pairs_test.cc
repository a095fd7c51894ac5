// Counters of a query and its items go on with what is shown and done, through everything that a
// server lives through.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "kaskad/counters/store_writer.h"
#include "kaskad/ranking/query_rankers.h"
#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/counters/search_log.h"
#include "tests/state/plain_store.h"

namespace kaskad {
namespace {

using nlohmann::json;

// Ten items, of which a counter of clicks a page puts the best in front; nobody asked for "hats"
// before.
class LivePairsTest : public testing::Test {
 protected:
  LivePairsTest() {
    const Impressions lists = log_.write("lists", 0, log_.lists.size());
    CounterSpec spec;
    spec.windows_days = {0};
    const ListOrder order({&lists});
    as_of_ = order.end_time();
    write_counter_store(directory_ / "counters", order, log_.data.data, spec, {});
    builder_.retriever("all", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10);
    builder_.ranker("rank", std::vector<float>(10, 0.0F), 10);
    serve();
  }

  Bundles cascade() {
    auto bundle = std::make_shared<RankerBundle>();
    bundle->kind = "counters";
    bundle->hash = "0123456789abcdef";
    bundle->time_kind = TimeKind::kClock;
    bundle->items = builder_.ids(10);
    bundle->ranker = std::make_unique<CounterRanker>(
        std::make_shared<const CounterStore>(CounterStore::open(directory_ / "counters")),
        "rate_query:item_click_all");
    builder_.parts.rank.model = std::move(bundle);
    return {.cascade = builder_.build()};
  }

  void serve() {
    service_.reset();
    auto live = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits{}),
                                            std::make_unique<Journal>(directory_ / "journal"));
    service_ = std::make_unique<Service>(cascade(), ServiceOptions{.live = std::move(live)});
  }

  json ask(const std::string& path, const json& body) {
    const std::string text = body.dump();
    const HttpResponse response = service_->handle({"POST", path, "", text});
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  json search(const std::string& request_id) {
    return ask("/v1/search", {{"user_id", "u1"},
                              {"query", "hats"},
                              {"k", 10},
                              {"now", as_of_ + 1},
                              {"request_id", request_id}});
  }
  std::string first() {
    const json answer =
        ask("/v1/explain",
            {{"history", json::array()}, {"query", "hats"}, {"k", 10}, {"now", as_of_ + 1}});
    return answer["items"][0]["item_id"];
  }
  void click(const std::string& item, const std::string& request_id,
             const json& more = json::object()) {
    json event = {{"user_id", "u1"},
                  {"item_id", item},
                  {"action", "click"},
                  {"timestamp", as_of_ + 2},
                  {"request_id", request_id}};
    event.update(more);
    ask("/v1/events", {{"events", {event}}});
  }
  double pairs() {
    const std::string text = service_->handle({"GET", "/metrics", "", ""}).body;
    const std::string name = R"(kaskad_live_pairs{model="counters",version="0123456789ab"} )";
    const size_t at = text.find(name);
    EXPECT_NE(at, std::string::npos);
    return std::stod(text.substr(at + name.size()));
  }

  TempDir directory_;
  const SearchLog log_{{.items = 10}};
  int64_t as_of_ = 0;
  CascadeBuilder builder_;
  std::unique_ptr<Service> service_;
};

TEST_F(LivePairsTest, AClickCountsForTheQueryOfItsPageAtOnce) {
  EXPECT_EQ(first(), "i0");
  search("one");
  EXPECT_EQ(pairs(), 10) << "what was shown counts, too";
  click("i7", "one");
  EXPECT_EQ(first(), "i7");
  click("i7", "one", {{"event_id", "again"}});
  search("two");
  click("i4", "two");
  search("three");
  click("i4", "three");
  EXPECT_EQ(first(), "i4") << "a second click on the same page is none";
}

TEST_F(LivePairsTest, AnEventMayNameItsQueryItself) {
  click("i3", "of another server", {{"query", "hats"}});
  EXPECT_EQ(first(), "i3");
}

TEST_F(LivePairsTest, AnExplanationIsNoPage) {
  first();
  EXPECT_EQ(pairs(), 0);
}

TEST_F(LivePairsTest, ARestartAndAReloadKeepWhatWasCounted) {
  search("one");
  click("i7", "one");
  serve();
  EXPECT_EQ(first(), "i7");
  EXPECT_EQ(pairs(), 10);
  service_->replace(cascade());
  EXPECT_EQ(first(), "i7");
  click("i7", "one", {{"event_id", "again"}});
  for (const char* page : {"two", "three"}) {
    search(page);
    click("i4", page);
  }
  EXPECT_EQ(first(), "i4") << "a click of before the restart is known";
}

TEST_F(LivePairsTest, ACutLineOfTheJournalIsPassedOver) {
  search("one");
  click("i7", "one");
  service_.reset();
  for (const auto& file : std::filesystem::directory_iterator(directory_ / "journal")) {
    std::ofstream(file.path(), std::ios::app) << R"({"type":"action","user_id":"u1","ite)";
  }
  serve();
  EXPECT_EQ(first(), "i7");
  search("two");
  click("i4", "two");
  serve();
  EXPECT_EQ(pairs(), 10);
}

}  // namespace
}  // namespace kaskad
