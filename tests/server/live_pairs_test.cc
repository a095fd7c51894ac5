// Counters of a query and its items go on with what is shown and done, through everything that a
// server lives through.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "kaskad/server/service.h"
#include "tests/server/counted_search.h"
#include "tests/state/plain_store.h"

namespace kaskad {
namespace {

using nlohmann::json;

class LivePairsTest : public testing::Test {
 protected:
  LivePairsTest() { serve(); }

  void serve() {
    service_.reset();
    auto live = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits{}),
                                            std::make_unique<Journal>(directory_ / "journal"));
    service_ =
        std::make_unique<Service>(search_.cascade(), ServiceOptions{.live = std::move(live)});
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
                              {"now", search_.as_of() + 1},
                              {"request_id", request_id}});
  }
  std::string first() {
    const json answer = ask(
        "/v1/explain",
        {{"history", json::array()}, {"query", "hats"}, {"k", 10}, {"now", search_.as_of() + 1}});
    return answer["items"][0]["item_id"];
  }
  void click(const std::string& item, const std::string& request_id,
             const json& more = json::object()) {
    json event = {{"user_id", "u1"},
                  {"item_id", item},
                  {"action", "click"},
                  {"timestamp", search_.as_of() + 2},
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
  const CountedSearch search_;
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
  service_->replace(search_.cascade());
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
