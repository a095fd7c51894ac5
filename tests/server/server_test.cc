// The whole server on a socket, with the battery's log behind the counting retriever.
#include "kaskad/server/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/server/recommend_request.h"
#include "tests/model/battery_log.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_client.h"

namespace kaskad {
namespace {

using nlohmann::json;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.http.port = 0;
    options.http.threads = 2;
    options.service.log = [this](const RequestRecord& record) {
      std::lock_guard lock(log_mutex_);
      log_.push_back(std::to_string(record.status) + " " + std::string(record.path) + " " +
                     std::string(record.error));
    };
    server_ = std::make_unique<Server>(Bundles{.retriever = load_test_bundle()}, options);
    server_->start();
    client_ = std::make_unique<TestClient>(server_->port());
  }

  json recommend(const std::string& body, int status = 200) {
    const Answer answer = client_->post("/v1/recommend", body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body);
  }
  std::string error_of(const std::string& body) { return recommend(body, 400)["error"]; }

  json get(const std::string& target, int status = 200) {
    const Answer answer = client_->get(target);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body);
  }

  static std::vector<std::string> ids(const json& items) {
    std::vector<std::string> found;
    for (const json& item : items) found.push_back(item["item_id"]);
    return found;
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
};

using Ids = std::vector<std::string>;

TEST_F(ServerTest, RecommendsForAHistory) {
  const json answer = recommend(R"({"history": ["item-4", "item-6"], "k": 2})");
  // Counted by hand in tests/model/battery_test.cc: 13 each, the lower id first.
  EXPECT_EQ(ids(answer["items"]), (Ids{"item-2", "item-8"}));
  EXPECT_EQ(answer["items"][0]["score"], 13);
  EXPECT_EQ(answer["items"][0]["title"], "Title of 2");
  EXPECT_FALSE(answer["items"][0].contains("because"));
  EXPECT_EQ(answer["model"], "counting");
  EXPECT_EQ(answer["history_length"], 2);
  EXPECT_EQ(answer["unknown_items"], json::array());
  EXPECT_FALSE(answer.contains("known_user"));
}

TEST_F(ServerTest, RecommendsForAKnownUserByTheStoredHistory) {
  // user-0 took 0, 2, 4, 6, 8, 10.
  const json by_id = recommend(R"({"user_id": "user-0", "k": 4})");
  const json by_history = recommend(
      R"({"history": ["item-0", "item-2", "item-4", "item-6", "item-8", "item-10"], "k": 4})");
  EXPECT_EQ(by_id["items"], by_history["items"]);
  EXPECT_EQ(by_id["known_user"], true);
  EXPECT_EQ(by_id["history_length"], 6);
}

TEST_F(ServerTest, AnswersAnUnknownUserWithPopularItems) {
  const json answer = recommend(R"({"user_id": "nobody", "k": 3})");
  EXPECT_EQ(answer["known_user"], false);
  EXPECT_EQ(answer["history_length"], 0);
  EXPECT_EQ(answer["items"].size(), 3u);
  EXPECT_EQ(answer["items"][0]["score"], 0);
}

TEST_F(ServerTest, LeavesOutUnknownItemsAndNamesThem) {
  const json answer = recommend(R"({"history": ["what", "item-4", "item-6", 17], "k": 2})");
  EXPECT_EQ(ids(answer["items"]), (Ids{"item-2", "item-8"}));
  EXPECT_EQ(answer["unknown_items"], (json{"what", "17"}));
  EXPECT_EQ(answer["history_length"], 2);
}

TEST_F(ServerTest, ExplainsWhichEventBroughtAnItem) {
  const json answer =
      recommend(R"({"history": ["what", "item-4", "item-6"], "k": 1, "explain": true})");
  // 7 users took 2 and 4, 6 took 2 and 6; positions are those of the request.
  const json expected = {
      {{"item_id", "item-4"}, {"title", "Title of 4"}, {"position", 1}, {"share", 7}},
      {{"item_id", "item-6"}, {"title", "Title of 6"}, {"position", 2}, {"share", 6}}};
  EXPECT_EQ(answer["items"][0]["because"], expected);
}

TEST_F(ServerTest, PutsEventsInTheOrderOfTheirTimes) {
  const json answer = recommend(
      R"({"history": [{"item_id": "item-6", "timestamp": 20}, {"item_id": "item-4", "timestamp": 10}],
          "k": 1, "explain": true})");
  EXPECT_EQ(answer["items"][0]["because"][0]["item_id"], "item-4");
  EXPECT_EQ(answer["items"][0]["because"][0]["position"], 1);  // as given
}

TEST_F(ServerTest, AModelOfHistoriesAloneRefusesFeatures) {
  EXPECT_EQ(error_of(R"({"history": [], "user_features": {"parity": "odd"}})"),
            "'user_features': found features, expected none: the model 'counting' reads the "
            "history alone");
}

TEST_F(ServerTest, FiltersAsAsked) {
  const std::string history = R"({"history": ["item-4", "item-6"], "k": 3, )";
  EXPECT_EQ(ids(recommend(history + R"("exclude": ["item-2", "unknown"]})")["items"])[0], "item-8");
  EXPECT_EQ(ids(recommend(history + R"("allow": ["item-8", "item-4"]})")["items"]), Ids{"item-8"});
  EXPECT_EQ(
      ids(recommend(history + R"("allow": ["item-8", "item-4"], "exclude_seen": false})")["items"]),
      (Ids{"item-8", "item-4"}));
  EXPECT_EQ(recommend(history + R"("allow": ["unknown"]})")["items"], json::array());
  EXPECT_EQ(recommend(history + R"("allow": []})")["items"], json::array());
}

TEST_F(ServerTest, GivesAtMostTheCatalogue) {
  EXPECT_EQ(recommend(R"({"history": [], "k": 1000})")["items"].size(), 21u);
}

TEST_F(ServerTest, NamesThePlaceOfBadJson) {
  EXPECT_EQ(error_of(""), "found an empty body, expected a JSON object");
  EXPECT_TRUE(
      error_of("{\"history\": [1,\n  2,,]}").starts_with("the body is no JSON: line 2, column 5: "))
      << error_of("{\"history\": [1,\n  2,,]}");
  for (const char* bad : {"{", "nul", "{\"k\": 1", "\"\xff\"", "[1] 2", "{\"history\": [\"a]}"}) {
    EXPECT_TRUE(error_of(bad).starts_with("the body is no JSON")) << error_of(bad);
  }
  EXPECT_EQ(error_of(std::string(2000, '[')).substr(0, 19), "the body is no JSON");
}

TEST_F(ServerTest, SaysWhatWasFoundAndExpected) {
  EXPECT_EQ(error_of("[]"), "found a list, expected an object");
  EXPECT_EQ(error_of("{}"), "found neither 'user_id' nor 'history', expected one of them");
  EXPECT_EQ(error_of(R"({"user_id": "a", "history": []})"),
            "found both 'user_id' and 'history', expected one of them");
  EXPECT_EQ(error_of(R"({"history": [], "k": 1001})"),
            "'k': found 1001, expected a whole number of 1 to 1000");
  EXPECT_EQ(error_of(R"({"history": [], "explain": true, "k": 101})"),
            "'k': found 101 with 'explain', expected 1 to 100");
  EXPECT_EQ(error_of(R"({"history": [], "k": "ten"})"),
            "'k': found \"ten\", expected a whole number of 1 to 1000");
  EXPECT_EQ(
      error_of(R"({"history": "item-1"})"),
      "'history': found \"item-1\", expected a list of ids or of {item_id, timestamp, action}");
  EXPECT_EQ(error_of(R"({"history": [1.5]})"),
            "'history': found 1.5, expected an id (text or a whole number)");
  EXPECT_EQ(error_of(R"({"history": [{"timestamp": 5}]})"),
            "'history': found an event without 'item_id'");
  EXPECT_EQ(error_of(R"({"history": ["item-1", {"item_id": "item-2", "timestamp": 5}]})"),
            "'history': found a timestamp at 1 of 2 events, expected all or none");
  EXPECT_EQ(error_of(R"({"history": [], "explain": 1})"),
            "'explain': found 1, expected true or false");
  EXPECT_TRUE(error_of(R"({"histroy": []})")
                  .starts_with("found the unknown field 'histroy', expected one of: allow, "));
}

TEST_F(ServerTest, BoundsTheHistory) {
  std::string history;
  for (size_t i = 0; i <= kMaxHistory; ++i) history += i == 0 ? "1" : ",1";
  EXPECT_EQ(error_of("{\"history\": [" + history + "]}"),
            "'history': found 10001 events, expected at most 10000");
}

TEST_F(ServerTest, FindsSimilarItems) {
  const json answer = get("/v1/items/item-4/similar?k=2");
  // Neighbours in the group: numbers 1 and 3 are taken with number 2 by 7 users each.
  EXPECT_EQ(ids(answer["items"]), (Ids{"item-2", "item-6"}));
  EXPECT_EQ(answer["items"][0]["score"], 7);
  EXPECT_EQ(answer["item_id"], "item-4");
  EXPECT_EQ(get("/v1/items/nothing/similar", 404)["error"], "there is no item 'nothing'");
  EXPECT_EQ(get("/v1/items/item-4/similar?k=0", 400)["error"],
            "'k': found '0', expected a whole number of 1 to 1000");
}

TEST_F(ServerTest, DecodesIdsInPaths) {
  EXPECT_EQ(get("/v1/items/%69tem-4/similar")["item_id"], "item-4");
  EXPECT_EQ(get("/v1/items/a%2Fb/similar", 404)["error"], "there is no item 'a/b'");
  EXPECT_EQ(get("/v1/items/a%2/similar", 400)["error"],
            "the path or the query is badly percent-encoded");
}

TEST_F(ServerTest, SearchesByTheBeginningOfAWord) {
  EXPECT_EQ(ids(get("/v1/items?prefix=TITLE+of+1&limit=3")["items"]).size(), 3u);
  for (const std::string& id : ids(get("/v1/items?prefix=of%2020")["items"]))
    EXPECT_EQ(id, "item-20");
  EXPECT_EQ(ids(get("/v1/items?prefix=item-20")["items"]), Ids{"item-20"});
  EXPECT_EQ(get("/v1/items?prefix=zzz")["items"], json::array());
  EXPECT_EQ(get("/v1/items?limit=4")["items"].size(), 4u);
  EXPECT_EQ(ids(get("/v1/items?limit=21")["items"]).back(), "item-20");  // nobody took it
}

TEST_F(ServerTest, ShowsAUsersHistory) {
  const json answer = get("/v1/users/user-3");
  // The second odd user begins at number 1 of the odd group: items 3, 5, 7, ...
  EXPECT_EQ(answer["history"][0]["item_id"], "item-3");
  EXPECT_EQ(answer["history"][0]["timestamp"], 103 * kDayMs);
  EXPECT_EQ(answer["history"].size(), 6u);
  EXPECT_EQ(get("/v1/users/nobody", 404)["error"], "there is no user 'nobody'");
}

TEST_F(ServerTest, ServesTheConsole) {
  const Answer page = client_->get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Content-Type: text/html"));
  EXPECT_NE(page.body.find("console/main.js"), std::string::npos);
  EXPECT_TRUE(page.has("Content-Security-Policy: default-src 'self'; ")) << page.header;
  EXPECT_TRUE(page.has("X-Content-Type-Options: nosniff"));
  EXPECT_TRUE(client_->get("/console/main.js").has("Content-Type: text/javascript"));
  EXPECT_TRUE(client_->get("/console/console.css").has("Content-Type: text/css"));
  EXPECT_EQ(get("/console/nothing.js", 404)["error"], "there is nothing at this path");
}

TEST_F(ServerTest, RefusesUnknownPathsAndMethods) {
  EXPECT_EQ(get("/nothing", 404)["error"], "there is nothing at this path");
  const Answer answer = client_->get("/v1/recommend");
  EXPECT_EQ(answer.status, 405);
  EXPECT_TRUE(answer.has("Allow: POST")) << answer.header;
  client_->send("DELETE /v1/items HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client_->read().has("Allow: GET, HEAD"));
}

TEST_F(ServerTest, CountsWhatItAnswers) {
  recommend(R"({"history": ["what", "item-4"]})");
  recommend(R"({"user_id": "nobody"})");
  recommend("{", 400);
  get("/nothing", 404);
  const std::string text = client_->get("/metrics").body;
  for (const char* line :
       {R"(kaskad_requests_total{method="POST",path="/v1/recommend",status="200"} 2)",
        R"(kaskad_requests_total{method="POST",path="/v1/recommend",status="400"} 1)",
        R"(kaskad_requests_total{method="GET",path="none",status="404"} 1)",
        R"(kaskad_request_seconds_count{path="/v1/recommend"} 3)",
        R"(kaskad_unknown_ids_total{kind="item"} 1)", R"(kaskad_unknown_ids_total{kind="user"} 1)",
        "kaskad_requests_in_flight 1", "kaskad_connections 1", "kaskad_internal_errors_total 0",
        R"(model="counting")"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST_F(ServerTest, TurnsAnExceptionIntoStatus500AndGoesOn) {
  throw_on_next_retrieve();
  EXPECT_EQ(recommend(R"({"history": []})", 500)["error"],
            "internal error; the server's log says more");
  recommend(R"({"history": []})");
  EXPECT_NE(client_->get("/metrics").body.find("kaskad_internal_errors_total 1"),
            std::string::npos);
  std::lock_guard lock(log_mutex_);
  EXPECT_EQ(log_[0], "500 /v1/recommend thrown on purpose");
}

TEST_F(ServerTest, IsHealthyWhileEveryThreadComputes) {
  const std::string body = R"({"history": ["item-4"], "k": 1})";
  TestClient first(server_->port()), second(server_->port());
  const std::string request =
      "POST /v1/recommend HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  {
    const HeldRetrievals held;
    first.send(request);
    second.send(request);
    for (int i = 0; i < 300 && held.count() < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(held.count(), 2u);
    EXPECT_EQ(get("/v2/health/ready")["ready"], true);
    EXPECT_EQ(get("/v1/items?prefix=item-20")["items"].size(), 1u);
  }
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(second.read().status, 200);
}

// The same model under another name.
Bundle next_bundle(const std::string& hash) {
  Bundle bundle = load_test_bundle();
  bundle.hash = hash;
  return bundle;
}

TEST_F(ServerTest, ANewBundleTakesOverFromTheNextRequestOn) {
  const std::string body = R"({"history": ["item-4"], "k": 1})";
  const std::string older = recommend(body)["version"];
  TestClient slow(server_->port());
  Bundle next = next_bundle("0123456789abcdef");
  {
    const HeldRetrievals held(1);  // taking over asks the next model
    slow.send("POST /v1/recommend HTTP/1.1\r\nHost: t\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
    for (int i = 0; i < 300 && held.count() < 1; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(held.count(), 1u);
    server_->replace({.retriever = std::move(next)});
  }
  EXPECT_EQ(json::parse(slow.read().body)["version"], older);
  EXPECT_EQ(recommend(body)["version"], "0123456789ab");
  const std::string metrics = client_->get("/metrics").body;
  EXPECT_NE(metrics.find(R"(version="0123456789ab")"), std::string::npos);
  EXPECT_EQ(metrics.find("version=\"" + older + "\""), std::string::npos);
}

TEST_F(ServerTest, AnswersAllTheTimeWhileBundlesChange) {
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 2; ++t) {
    clients.emplace_back([&] {
      TestClient client(server_->port());
      while (!done) {
        const Answer answer = client.post("/v1/recommend", R"({"history": ["item-4"], "k": 3})");
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(json::parse(answer.body)["items"].size(), 3u);
        ++answered;
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    const int before = answered;
    server_->replace({.retriever = next_bundle("version-" + std::to_string(i))});
    for (int wait = 0; wait < 300 && answered < before + 4; ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_GE(answered, 40);
}

TEST_F(ServerTest, CountsBundlesThatCouldNotTakeOver) {
  EXPECT_THROW(server_->reload(), Error) << "this one has no place to read from";
  EXPECT_NE(client_->get("/metrics").body.find("kaskad_failed_reloads_total 1"), std::string::npos);
}

TEST_F(ServerTest, IsReadyUntilItStops) {
  EXPECT_EQ(get("/v2/health/live")["live"], true);
  EXPECT_EQ(get("/v2/health/ready")["ready"], true);
  server_->stop();
  EXPECT_THROW(TestClient{server_->port()}, std::runtime_error);
}

TEST_F(ServerTest, ParallelClientsGetTheSameAnswers) {
  const std::string body = R"({"history": ["item-5", "item-7"], "k": 7, "explain": true})";
  const std::string expected = client_->post("/v1/recommend", body).body;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      TestClient client(server_->port());
      for (int i = 0; i < 50; ++i) right += client.post("/v1/recommend", body).body == expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 300);
}

}  // namespace
}  // namespace kaskad
