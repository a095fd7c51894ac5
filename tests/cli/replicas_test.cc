// Two `kaskad serve` that share a Redis, as behind a balancer: what one has acknowledged the other
// knows, whoever dies. docs/from-one-machine-to-many.md says what is promised.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"
#include "tests/state/redis_process.h"

namespace kaskad {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

class SlowReplicasTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    run({"popularity", "data", "-o", "popular"});
  }

  std::unique_ptr<RunningServer> serve() {
    return std::make_unique<RunningServer>(
        directory_, std::vector<std::string>{"--bundle", "popular", "--events", redis_.url("/shop"),
                                             "--journal", "none"});
  }

  static json event(const std::string& user, const std::string& item, const std::string& id) {
    return {{"user_id", user}, {"item_id", item}, {"event_id", id}};
  }
  static Answer post(TestClient& client, const json& event) {
    return client.post("/v1/events", json{{"events", json::array({event})}}.dump());
  }
  // Of a user whom the log does not have: live events alone.
  static size_t live_events(TestClient& client, const std::string& user) {
    const Answer answer = client.get("/v1/users/" + user);
    EXPECT_TRUE(answer.status == 200 || answer.status == 404) << answer.body;
    return answer.status == 200 ? json::parse(answer.body)["history"].size() : 0;
  }
  static json recommend(TestClient& client, const json& request) {
    const Answer answer = client.post("/v1/recommend", request.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
  static std::set<std::string> names(const json& answer) {
    std::set<std::string> items;
    for (const json& item : answer["items"]) items.insert(item["item_id"].get<std::string>());
    return items;
  }

  RedisProcess redis_{kDurable};
};

TEST_F(SlowReplicasTest, WhatOneAcknowledgedTheOtherKnowsInItsNextAnswer) {
  const auto a = serve(), b = serve();
  TestClient at_a(a->port()), at_b(b->port());
  const json request = {{"user_id", "new"}, {"k", 5}};
  const std::string favourite = recommend(at_b, request)["items"][0]["item_id"];
  ASSERT_EQ(post(at_a, event("new", favourite, "1")).status, 200);
  EXPECT_EQ(recommend(at_b, request)["history_length"], 1);
  EXPECT_FALSE(names(recommend(at_b, request)).contains(favourite)) << "it is seen";
  // The same event through the other one counts once.
  const Answer again = post(at_b, event("new", favourite, "1"));
  EXPECT_EQ(json::parse(again.body)["duplicates"], 1) << again.body;
  EXPECT_EQ(live_events(at_a, "new"), 1u);
  // A deletion is everybody's.
  at_b.send("DELETE /v1/users/new HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(at_b.read().status, 200);
  EXPECT_EQ(recommend(at_a, request)["history_length"], 0);
}

// Counters of the one's rankers go on with what the other takes in (tests/server/peers_test.cc).
TEST_F(SlowReplicasTest, EachHearsWhatTheOtherTakesIn) {
  const auto a = serve(), b = serve();
  TestClient at_a(a->port()), at_b(b->port());
  ASSERT_EQ(post(at_a, event("new", "i3", "1")).status, 200);
  const auto heard = [](TestClient& client) {
    return client.get("/metrics").body.find("\nkaskad_peer_news_total 1\n") != std::string::npos;
  };
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (!heard(at_b) && Clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(heard(at_b));
  EXPECT_FALSE(heard(at_a)) << "its own is no news";
}

// Clients that send each event to one server and, where it does not answer, to the other.
class Writers {
 public:
  Writers(uint16_t first, uint16_t second) : ports_{first, second} {
    for (int writer = 0; writer < kWriters; ++writer) {
      threads_.emplace_back([this, writer] { write(writer); });
    }
  }
  void stop() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  ~Writers() { stop(); }

  size_t acknowledged() const {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }
  // Of each acknowledged event; only after stop().
  const std::set<std::string>& users() const { return acknowledged_; }
  int failed_over() const { return failed_over_; }

 private:
  static constexpr int kWriters = 4;

  void write(int writer) {
    std::unique_ptr<TestClient> clients[2];
    for (int i = 0; !stopped_; ++i) {
      // A user for each event, so that each can be asked for.
      const std::string user = "w" + std::to_string(writer) + "-" + std::to_string(i);
      const std::string body =
          json{
              {"events", json::array({{{"user_id", user}, {"item_id", "i1"}, {"event_id", user}}})}}
              .dump();
      for (int attempt = 0; attempt < 2; ++attempt) {
        if (!sent(clients[(i + attempt) % 2], ports_[(i + attempt) % 2], body)) continue;
        failed_over_ += attempt;
        std::lock_guard lock(mutex_);
        acknowledged_.insert(user);
        break;
      }
    }
  }

  // Whether it was acknowledged. A server that is gone is asked anew each time.
  static bool sent(std::unique_ptr<TestClient>& client, uint16_t port, const std::string& body) {
    try {
      if (!client) client = std::make_unique<TestClient>(port);
      if (client->post("/v1/events", body).status == 200) return true;
    } catch (const std::runtime_error&) {  // cannot connect
    }
    client.reset();
    return false;
  }

  const uint16_t ports_[2];
  std::atomic<bool> stopped_ = false;
  std::atomic<int> failed_over_ = 0;
  mutable std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

TEST_F(SlowReplicasTest, KillingOneUnderLoadLosesNothingAcknowledged) {
  const auto a = serve(), b = serve();
  Writers writers(a->port(), b->port());
  const auto wait_for = [&](size_t more) {
    const size_t wanted = writers.acknowledged() + more;
    const auto until = Clock::now() + std::chrono::seconds(60);
    while (writers.acknowledged() < wanted && Clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_GE(writers.acknowledged(), wanted);
  };
  wait_for(200);
  a->signal(SIGKILL);
  wait_for(200);
  writers.stop();
  EXPECT_GT(writers.failed_over(), 0);
  TestClient client(b->port());
  size_t lost = 0;
  for (const std::string& user : writers.users()) lost += live_events(client, user) != 1;
  EXPECT_EQ(lost, 0u) << "of " << writers.acknowledged() << " acknowledged events";
  // The one that comes in its place knows all of them, too, and what is sent again counts once.
  const auto again = serve();
  TestClient fresh(again->port());
  const std::string& user = *writers.users().begin();
  EXPECT_EQ(json::parse(post(fresh, event(user, "i1", user)).body)["duplicates"], 1);
  EXPECT_EQ(live_events(fresh, *writers.users().rbegin()), 1u);
}

TEST_F(SlowReplicasTest, WithoutRedisTheRequestsOwnHistoryAnswersUntilItIsBack) {
  const auto a = serve(), b = serve();
  TestClient at_a(a->port()), at_b(b->port());
  ASSERT_EQ(post(at_a, event("new", "i3", "1")).status, 200);
  redis_.end(SIGKILL);
  const auto gone = Clock::now();
  int answers = 0;
  while (Clock::now() - gone < std::chrono::seconds(10)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // others run beside this test
    for (TestClient* client : {&at_a, &at_b}) {
      // What the request says itself still counts, and nothing else is known of the user.
      const json own = recommend(*client, {{"history", {"i1", "i2"}}, {"k", 38}});
      EXPECT_EQ(own["history_length"], 2);
      EXPECT_EQ(names(own).size(), 38u);
      EXPECT_FALSE(names(own).contains("i1") || names(own).contains("i2"));
      EXPECT_EQ(recommend(*client, {{"user_id", "new"}, {"k", 5}})["history_length"], 0);
      const Answer refused = post(*client, event("new", "i4", "2"));
      EXPECT_EQ(refused.status, 503) << refused.body;
      EXPECT_TRUE(refused.has("Retry-After: 1")) << refused.header;
      ++answers;
    }
  }
  EXPECT_GT(answers, 12) << "in ten seconds";
  redis_.start();
  const auto back = Clock::now();
  Answer answer;
  do {
    answer = post(at_b, event("new", "i4", "2"));
  } while (answer.status != 200 && Clock::now() - back < std::chrono::seconds(10));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(live_events(at_a, "new"), 2u) << "what was acknowledged before, and since";
  EXPECT_EQ(recommend(at_a, {{"user_id", "new"}, {"k", 5}})["history_length"], 2);
}

}  // namespace
}  // namespace kaskad
