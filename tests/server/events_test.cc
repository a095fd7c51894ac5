// POST /v1/events and DELETE /v1/users/{id}: what users do is in the next answer, of every route.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/model/battery_log.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_ranker.h"
#include "tests/state/plain_store.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

using nlohmann::json;
using Items = std::vector<ItemId>;
using Names = std::vector<std::string>;

// The plain store, which fails where the test wants it to.
class FailingStore : public PlainStore {
 public:
  FailingStore() : PlainStore({}) {}

  std::vector<Kept> append(std::span<const LiveEvent> events) override {
    check();
    return PlainStore::append(events);
  }
  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override {
    check();
    return PlainStore::history(user_id, limit);
  }

  std::optional<int64_t> newest() const override {
    if (forgets_newest) check();
    return PlainStore::newest();
  }

  bool fails = false, forgets_newest = false;

 private:
  void check() const {
    if (fails) throw Error("cannot write the events in 'x': no space");
  }
};

class EventsTest : public testing::Test {
 protected:
  void serve(Bundles bundles, std::string token = "") {
    auto store = std::make_unique<FailingStore>();
    store_ = store.get();
    live_ = std::make_shared<LiveState>(std::move(store),
                                        std::make_unique<Journal>(directory_ / "journal"));
    service_ = std::make_unique<Service>(
        std::move(bundles), ServiceOptions{.live = live_, .write_token = std::move(token)});
  }
  void SetUp() override { serve({.retriever = load_test_bundle(), .ranker = test_ranker()}); }

  json ask(const std::string& method, const std::string& path, const std::string& body,
           int status = 200) {
    const HttpResponse response = service_->handle({method, path, "", body});
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  json post(const std::string& events, int status = 200) {
    return ask("POST", "/v1/events", R"({"events": [)" + events + "]}", status);
  }
  json recommend(const std::string& user, const std::string& more = "") {
    return ask("POST", "/v1/recommend", R"({"user_id": ")" + user + "\"" + more + "}");
  }
  Asked rank(const std::string& user) {
    ask("POST", "/v1/rank", R"({"user_id": ")" + user + R"(", "candidates": ["item-1"]})");
    return last_asked();
  }
  Names history_of(const std::string& user) {
    Names names;
    const json answer = ask("GET", "/v1/users/" + user, "");
    for (const json& event : answer["history"]) names.push_back(event["item_id"]);
    return names;
  }
  std::string metrics() { return service_->handle({"GET", "/metrics", "", ""}).body; }

  // Seconds: the battery's log begins in 1970, when milliseconds were small numbers, too.
  static std::string event(const std::string& user, const std::string& item, int64_t day,
                           const std::string& more = "") {
    return R"({"user_id": ")" + user + R"(", "item_id": ")" + item + R"(", "timestamp": )" +
           std::to_string(day * kDayMs / 1000) + more + "}";
  }

  TempDir directory_;
  FailingStore* store_ = nullptr;
  std::shared_ptr<LiveState> live_;
  std::unique_ptr<Service> service_;
};

TEST_F(EventsTest, TheNextRequestOfANewUserSeesTheEvent) {
  EXPECT_EQ(recommend("stranger")["known_user"], false);
  const json taken =
      post(event("stranger", "item-2", 140) + "," + event("stranger", "nobody-knows", 141));
  EXPECT_EQ(taken["stored"], 2);
  EXPECT_EQ(taken["unknown_items"], 1);
  const json answer = recommend("stranger");
  EXPECT_EQ(answer["known_user"], true);
  EXPECT_EQ(answer["history_length"], 1);
  for (const json& item : answer["items"]) {
    if (item["score"] == 0) continue;
    const int number = std::stoi(item["item_id"].get<std::string>().substr(5));
    EXPECT_EQ(number % 2, 0) << "even users take even items";
    EXPECT_NE(number, 2) << "seen";
  }
  EXPECT_EQ(history_of("stranger"), Names{"item-2"});
}

TEST_F(EventsTest, EventsFollowWhatIsStoredInTheOrderOfTime) {
  const Names stored = history_of("user-1");
  ASSERT_EQ(stored.size(), 6U);
  post(event("user-1", "item-7", 150) + "," + event("user-1", "item-3", 140));
  post(event("user-1", "item-5", 100));  // before the stored ones, which begin at day 101
  Names all = stored;
  all.insert(all.begin(), "item-5");
  all.push_back("item-3");
  all.push_back("item-7");
  EXPECT_EQ(history_of("user-1"), all);
  EXPECT_EQ(recommend("user-1")["history_length"], 9);
}

TEST_F(EventsTest, AnEventThatTheModelLearnedFromCountsOnce) {
  const json first = ask("GET", "/v1/users/user-1", "")["history"][0];
  post(event("user-1", first["item_id"], first["timestamp"].get<int64_t>() / kDayMs));
  EXPECT_EQ(history_of("user-1").size(), 6U);
}

TEST_F(EventsTest, RankersSeeEventsTheirActionsAndTheirTime) {
  post(event("user-1", "item-7", 150, R"(, "action": "look")") + "," +
       event("user-1", "item-3", 151, R"(, "action": "stare")"));
  const Asked asked = rank("user-1");
  ASSERT_EQ(asked.history.size(), 8U);
  EXPECT_EQ(asked.history[6], ItemId{7});
  EXPECT_EQ(asked.times[7], 151 * kDayMs);
  EXPECT_EQ(asked.actions[5], kUnknownAction) << "stored histories have none";
  EXPECT_EQ(asked.actions[6], 1) << "of the ranker's: buy, look";
  EXPECT_EQ(asked.actions[7], kUnknownAction);
  EXPECT_EQ(asked.now, 151 * kDayMs) << "the present is that of the newest event";
  post(event("somebody", "item-1", 160));
  EXPECT_EQ(rank("user-1").now, 160 * kDayMs) << "of anybody's";
}

TEST_F(EventsTest, CountersOfItemsGoOnAtOnceAndAfterAReload) {
  const auto counting = [] {
    RankerBundle bundle = test_ranker();
    bundle.live = std::make_shared<LiveItemEvents>(145 * kDayMs);
    return bundle;
  };
  serve({.retriever = load_test_bundle(), .ranker = counting()});
  post(event("u", "item-7", 140) + "," + event("u", "item-7", 150) + "," +
       event("v", "item-7", 152));
  const auto count = [&] {
    rank("user-1");
    return last_asked().live_events_of_7;
  };
  EXPECT_EQ(count(), 2U) << "the first is in the counters";
  service_->replace({.retriever = load_test_bundle(), .ranker = counting()});
  EXPECT_EQ(count(), 2U);
  post(event("w", "item-7", 151));
  EXPECT_EQ(count(), 3U);
}

TEST_F(EventsTest, SecondsAndMillisecondsAreToldApartAndNoTimeIsNow) {
  const auto time_of = [&](const char* user) { return live_->store().history(user, 1)[0].time; };
  post(R"({"user_id": 7, "item_id": "item-1", "timestamp": 1600000000})");
  EXPECT_EQ(time_of("7"), 1'600'000'000'000);
  post(R"({"user_id": 8, "item_id": "item-1", "timestamp": 1600000000123})");
  EXPECT_EQ(time_of("8"), 1'600'000'000'123);
  post(R"({"user_id": 9, "item_id": "item-2"})");
  EXPECT_NEAR(static_cast<double>(time_of("9")), static_cast<double>(wall_clock()), 60'000);
}

TEST_F(EventsTest, SaysWhatBecameOfEachEvent) {
  const json twice = post(event("u", "item-1", 150, R"(, "event_id": "e")") + "," +
                          event("u", "item-2", 151, R"(, "event_id": "e")"));
  EXPECT_EQ(twice["stored"], 1);
  EXPECT_EQ(twice["duplicates"], 1);
  const int64_t far = wall_clock() / kDayMs + 2;  // beyond what clocks may differ by
  const json skewed = post(event("u", "item-1", far) + "," + event("u", "item-3", 152));
  EXPECT_EQ(skewed["future"], 1) << "a wrong clock does not become everybody's present";
  EXPECT_EQ(skewed["stored"], 1);
  post(event("v", "item-1", 1000));
  EXPECT_EQ(post(event("u", "item-1", 500))["expired"], 1);
  EXPECT_NE(metrics().find(R"(kaskad_events_total{outcome="stored"} 3)"), std::string::npos);
  EXPECT_NE(metrics().find("kaskad_newest_event_seconds 86400000"), std::string::npos);
}

TEST_F(EventsTest, TakesOneEventALine) {
  HttpRequest request{"POST", "/v1/events", "", ""};
  const std::string body = event("u", "item-1", 150) + "\n\n" + event("u", "item-2", 151) + "\r\n";
  request.body = body;
  request.content_type = "application/x-ndjson";
  EXPECT_EQ(json::parse(service_->handle(request).body)["stored"], 2);
  const std::string broken = event("u", "item-3", 152) + "\n{\"user_id\": \"u\"}\n";
  request.body = broken;
  const HttpResponse response = service_->handle(request);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error"], "line 2: found no 'item_id', expected an id");
  EXPECT_EQ(live_->store().history("u", 10).size(), 2U) << "all of a body or nothing";
}

TEST_F(EventsTest, MalformedEventsAreNamed) {
  const auto error = [&](const std::string& events) {
    return post(events, 400)["error"].get<std::string>();
  };
  EXPECT_EQ(error("7"), "'events', event 1: found 7, expected an object");
  EXPECT_EQ(error(event("u", "item-1", 1) + R"(, {"item_id": "a"})"),
            "'events', event 2: found no 'user_id', expected an id");
  EXPECT_EQ(error(R"({"user_id": "u", "item_id": "i", "timestamp": "now"})"),
            "'events', event 1: 'timestamp': found \"now\", expected seconds or milliseconds since "
            "1970");
  EXPECT_EQ(error(R"({"user_id": "u", "item_id": "i", "weight": "much"})"),
            "'events', event 1: 'weight': found \"much\", expected a number");
  EXPECT_EQ(error(R"({"user": "u"})"),
            "'events', event 1: found the unknown field 'user', expected one of: action, event_id, "
            "item_id, query, request_id, timestamp, user_id, weight");
  EXPECT_EQ(ask("POST", "/v1/events", "{}", 400)["error"],
            "found no 'events', expected a list of them");
  EXPECT_TRUE(live_->store().history("u", 10).empty());
}

TEST_F(EventsTest, ADeletedUserIsAStranger) {
  post(event("user-1", "item-7", 150));
  EXPECT_EQ(ask("DELETE", "/v1/users/user-1", "")["erased_events"], 1);
  ask("GET", "/v1/users/user-1", "", 404);
  const json answer = recommend("user-1");
  EXPECT_EQ(answer["known_user"], false);
  EXPECT_EQ(answer["history_length"], 0) << "what the bundle stores is hidden, too";
  EXPECT_EQ(rank("user-1").user, kNoUser);
  EXPECT_EQ(post(event("user-1", "item-7", 149))["erased"], 1);
  post(event("user-1", "item-9", 160));
  EXPECT_EQ(history_of("user-1"), Names{"item-9"});
}

TEST_F(EventsTest, ChangingNeedsTheTokenAndReadingDoesNot) {
  serve({.retriever = load_test_bundle()}, "secret");
  const std::string body = R"({"events": [)" + event("u", "item-1", 150) + "]}";
  HttpRequest request{"POST", "/v1/events", "", body};
  for (const char* wrong : {"", "secret", "Bearer secreT", "Bearer secret2", "Bearer "}) {
    request.authorization = wrong;
    EXPECT_EQ(service_->handle(request).status, 401) << wrong;
  }
  request.authorization = "Bearer secret";
  EXPECT_EQ(service_->handle(request).status, 200);
  ask("DELETE", "/v1/users/u", "", 401);
  EXPECT_EQ(recommend("u")["history_length"], 1);
}

TEST_F(EventsTest, AStoreThatFailsIsSaidToWritersAndReadersGoOn) {
  store_->fails = true;
  const HttpResponse response = service_->handle(
      {"POST", "/v1/events", "", R"({"events": [)" + event("u", "item-1", 150) + "]}"});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(json::parse(response.body)["error"], "cannot write the events in 'x': no space");
  EXPECT_EQ(recommend("user-1")["history_length"], 6) << "of the bundle";
  EXPECT_NE(metrics().find("kaskad_event_store_failures_total 2"), std::string::npos);
}

// As a Redis that is gone.
TEST_F(EventsTest, AStoreThatCannotTellItsNewestEventFailsNobody) {
  store_->fails = store_->forgets_newest = true;
  EXPECT_EQ(recommend("user-1")["history_length"], 6);
  EXPECT_EQ(rank("user-1").history.size(), 6U);
  const HttpResponse erased = service_->handle({"DELETE", "/v1/users/user-1", "", ""});
  EXPECT_EQ(erased.status, 503);
  EXPECT_NE(metrics().find("kaskad_event_store_failures_total 3"), std::string::npos) << metrics();
  EXPECT_EQ(service_->handle({"GET", "/metrics", "", ""}).status, 200);
}

TEST_F(EventsTest, TheJournalHasWhatWasShownAndWhatCameOfIt) {
  const json answer = recommend("user-1", R"(, "k": 2)");
  const std::string id = answer["request_id"];
  EXPECT_NE(recommend("user-1")["request_id"], id);
  EXPECT_EQ(recommend("user-1", R"(, "request_id": "mine", "now": 200)")["request_id"], "mine");
  post(event("user-1", "item-7", 150, R"(, "action": "click", "request_id": ")" + id + "\""));
  ask("POST", "/v1/recommend", R"({"history": ["item-1"]})");  // nobody's: no unit of a trial
  std::vector<json> lines;
  for (const auto& file : std::filesystem::directory_iterator(directory_ / "journal")) {
    std::istringstream text(read_file(file.path().string()));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  }
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0]["type"], "exposure");
  EXPECT_EQ(lines[0]["user_id"], "user-1");
  EXPECT_EQ(lines[0]["request_id"], id);
  EXPECT_EQ(lines[0]["items"],
            json({answer["items"][0]["item_id"], answer["items"][1]["item_id"]}));
  EXPECT_EQ(lines[2]["timestamp"], 200'000) << "of the request, where it says";
  EXPECT_EQ(lines[3], (json{{"type", "action"},
                            {"timestamp", 150 * kDayMs},
                            {"user_id", "user-1"},
                            {"item_id", "item-7"},
                            {"action", "click"},
                            {"request_id", id},
                            {"weight", 1}}));
}

TEST_F(EventsTest, ACascadeSeesEvents) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3}, 4);
  serve({.cascade = builder.build()});
  const json before = recommend("u", R"(, "k": 4)");
  EXPECT_EQ(before["items"].size(), 4U);
  EXPECT_EQ(before["known_user"], false);
  post(event("u", "i2", 150) + "," + event("u", "no such item", 150));
  const json after = recommend("u", R"(, "k": 4)");
  EXPECT_EQ(after["items"].size(), 3U) << "i2 is seen";
  EXPECT_EQ(after["history_length"], 1);
  EXPECT_EQ(after["known_user"], true);
  ask("DELETE", "/v1/users/u", "");
  EXPECT_EQ(recommend("u", R"(, "k": 4)")["items"].size(), 4U);
}

TEST_F(EventsTest, AServerWithoutAStoreSaysSo) {
  service_ = std::make_unique<Service>(Bundles{.retriever = load_test_bundle()}, ServiceOptions{});
  EXPECT_EQ(post(event("u", "item-1", 150), 404)["error"],
            "no store of events is served here; `kaskad serve` takes one as --events");
  EXPECT_FALSE(recommend("user-1").contains("request_id"));
}

}  // namespace
}  // namespace kaskad
