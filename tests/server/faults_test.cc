// A server on a socket while something in it or around it goes wrong: what its clients see. The
// table of all faults is docs/faults.md; tests/cli/faults_test.cc does the same to the program.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/server/server.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_client.h"

namespace kaskad {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class FaultsTest : public testing::Test {
 protected:
  void serve(HttpLimits limits = {}) {
    builder_.retriever("a", {0, 1, 2, 3}, 4).time_ms = 1000;
    builder_.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 3).time_ms = 1000;
    builder_.config.breaker.open_ms = 50;
    ServerOptions options;
    options.http.port = 0;
    options.http.threads = 2;
    options.http.limits = limits;
    server_ = std::make_unique<Server>(Bundles{.cascade = builder_.build()}, options);
    server_->start();
  }
  void TearDown() override {
    for (auto& [name, behaviour] : builder_.behaviours) behaviour->let_go();
  }

  json ask(TestClient& client) {
    const Answer answer = client.post("/v1/recommend", R"({"user_id": "u", "k": 2})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.status == 200 ? json::parse(answer.body) : json();
  }
  // An answer of all stages; on a busy machine a good one may miss its time, too.
  json ask_until_whole(TestClient& client) {
    for (int i = 0; i < 500; ++i) {
      json answer = ask(client);
      if (answer["degraded"] == json::array()) return answer;
      std::this_thread::sleep_for(10ms);
    }
    ADD_FAILURE() << "the stages do not come back";
    return {};
  }
  void set_mood(const std::string& stage, Mood mood) { builder_.behaviour(stage)->mood = mood; }

  CascadeBuilder builder_;
  std::unique_ptr<Server> server_;
};

struct StageCase {
  Mood mood;
  const char* reason;
};

class StageFaultsTest : public FaultsTest, public testing::WithParamInterface<StageCase> {};

TEST_P(StageFaultsTest, TheAnswerComesDegradedAndIsWholeAgainAfterwards) {
  serve();
  TestClient client(server_->port());
  const json whole = ask_until_whole(client);
  for (const char* stage : {"a", "rank"}) {
    set_mood(stage, GetParam().mood);
    const json degraded = ask(client);
    ASSERT_EQ(degraded["degraded"].size(), 1u) << degraded;
    EXPECT_EQ(degraded["degraded"][0]["stage"], stage);
    EXPECT_EQ(degraded["degraded"][0]["reason"], GetParam().reason);
    // Without its only retriever there is nothing to show; without its ranker the order before it.
    EXPECT_EQ(degraded["items"].size(), stage == std::string("a") ? 0u : 2u);
    EXPECT_EQ(client.get("/v2/health/ready").status, 200);
    set_mood(stage, Mood::kGood);
    builder_.behaviour(stage)->let_go();
    EXPECT_EQ(ask_until_whole(client)["items"], whole["items"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Moods, StageFaultsTest,
                         testing::Values(StageCase{Mood::kThrows, "exception"},
                                         StageCase{Mood::kNan, "not_a_number"},
                                         StageCase{Mood::kHangs, "time"}));

TEST_F(FaultsTest, AFloodOfConnectionsLeavesThoseThatAreThereAlone) {
  HttpLimits limits;
  limits.connections = 8;
  serve(limits);
  TestClient kept(server_->port());
  ask(kept);
  std::vector<std::unique_ptr<TestClient>> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(std::make_unique<TestClient>(server_->port()));
    if (i % 20 == 0) ask(kept);
  }
  const int last = flood.back()->read().status;  // 0: disconnected without a word
  EXPECT_TRUE(last == 0 || last == 503) << last;
  ask_until_whole(kept);
  flood.clear();
  // There is room again once the flood has gone.
  for (int i = 0; i < 500; ++i) {
    TestClient again(server_->port());
    if (again.get("/v2/health/live").status == 200) return;
    std::this_thread::sleep_for(10ms);
  }
  FAIL() << "no connection after the flood";
}

TEST_F(FaultsTest, SlowLorisesLoseTheirConnectionsAndNobodyElseDoes) {
  HttpLimits limits;
  limits.header_time = 200ms;
  serve(limits);
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<TestClient>(server_->port()));
    slow.back()->send("POST /v1/recommend HTTP/1.1\r\nX-Slow: ");
  }
  TestClient client(server_->port());
  for (int i = 0; i < 10; ++i) {  // a byte now and then
    for (auto& one : slow) one->send("a");
    ask(client);
  }
  for (auto& one : slow) {
    EXPECT_EQ(one->read().status, 408);
    EXPECT_TRUE(one->closed_within(5s));
  }
}

TEST_F(FaultsTest, MalformedRequestsAreToldSoAndTheServerGoesOn) {
  serve();
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x01\r\n",
        "POST /v1/recommend HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
        "POST /v1/recommend HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /v1/recommend HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    TestClient broken(server_->port());
    broken.send(bytes);
    const Answer answer = broken.read();
    EXPECT_TRUE(answer.status == 400 || answer.status == 413) << bytes << answer.header;
    EXPECT_TRUE(broken.closed_within(5s)) << bytes;
    TestClient client(server_->port());
    ask(client);
  }
}

}  // namespace
}  // namespace kaskad
