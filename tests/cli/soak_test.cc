// Requests, events, connections that come and go, and models that change, all at once for a while:
// what the process holds afterwards is what it held before. bench/soak does it for ten minutes.
#include <atomic>
#include <fstream>
#include <thread>

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using SoakClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kEachHalf{8};

class SlowSoakTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    run({"popularity", "data", "-o", "popular"});
    directory_.write("space.toml", "[[product]]\nweighting = [{ window = 2 }]\n");
    run({"grid", "data", "--space", "space.toml", "-o", "grid"});
    directory_.write("cascade.toml", R"([[retriever]]
name = "matrix"
bundle = "grid/winner"
quota = 20
time_ms = 5000
fallback = "last_good"
[[retriever]]
name = "popular"
bundle = "popular"
quota = 10
)");
  }

  // Two that ask on connections of all lengths, one that sends events, one that changes the models.
  void load(uint16_t port, std::chrono::seconds time) {
    const auto until = SoakClock::now() + time;
    const auto repeat = [&](const std::function<void(int)>& once) {
      return std::thread([once, until] {
        for (int turn = 0; SoakClock::now() < until; ++turn) once(turn);
      });
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.push_back(repeat([&, t](int turn) {
        TestClient client(port);
        for (int i = 0; i <= turn % 7; ++i) {
          const json body = {{"user_id", "u" + std::to_string((turn * 7 + i + t) % 400)}};
          count(client.post("/v1/recommend", body.dump()).status);
        }
      }));
    }
    threads.push_back(repeat([&](int turn) {
      TestClient client(port);
      const json event = {{"user_id", "u" + std::to_string(turn % 400)},
                          {"item_id", "i" + std::to_string(turn % 40)},
                          {"event_id", std::to_string(++events_)}};
      const std::string body = json{{"events", json::array({event})}}.dump();
      client.send(
          "POST /v1/events HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer secret\r\n"
          "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body);
      count(client.read().status);
    }));
    threads.push_back(repeat([&](int turn) {
      TestClient client(port);
      client.send(std::string("POST /v1/admin/") + (turn % 3 == 2 ? "rollback" : "reload") +
                  " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer secret\r\n"
                  "Content-Length: 0\r\n\r\n");
      count(client.read().status);
      ++swaps_;
    }));
    for (std::thread& thread : threads) thread.join();
  }

  void count(int status) { status == 200 ? ++answered_ : ++others_; }

  std::atomic<size_t> answered_{0}, others_{0}, events_{0}, swaps_{0};
};

size_t descriptors(const RunningServer& server) {
  const fs::directory_iterator open(server.proc("fd"));
  return static_cast<size_t>(std::distance(begin(open), end(open)));
}

// Descriptors once the connections of before have been closed by the server, too.
size_t settled_descriptors(const RunningServer& server, TestClient& client) {
  for (int i = 0; i < 1000; ++i) {
    if (client.get("/metrics").body.find("kaskad_connections 1\n") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return descriptors(server);
}

double memory_mb(const RunningServer& server) {
  std::ifstream status(server.proc("status"));
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }
  return 0;
}

TEST_F(SlowSoakTest, SwapsEventsAndRequestsLeaveNothingBehind) {
  RunningServer server(directory_,
                       {"cascade.toml", "--events", "state", "--write-token", "secret"});
  TestClient client(server.port());
  load(server.port(), kEachHalf);  // memory that is taken once and kept
  const size_t descriptors_before = settled_descriptors(server, client);
  const double memory_before = memory_mb(server);
  const size_t answered_before = answered_;
  load(server.port(), kEachHalf);
  const size_t descriptors_after = settled_descriptors(server, client);
  const double memory_after = memory_mb(server);

  EXPECT_EQ(others_, 0u) << answered_ << " were answered";
  EXPECT_GT(answered_, answered_before);
  EXPECT_GT(swaps_, 3u);
  EXPECT_GT(events_, 10u);
  // RocksDB may have opened a file more; a leak would be one a swap, a request, an event.
  EXPECT_LE(descriptors_after, descriptors_before + 4);
  // The newest events lie in memory until 16 MB of them are written.
  EXPECT_LT(memory_after, memory_before + 32)
      << "from " << memory_before << " MB over " << swaps_ << " swaps, " << events_ << " events";
  RecordProperty("swaps", static_cast<int>(swaps_));
  EXPECT_EQ(server.end(), 0);
}

}  // namespace
}  // namespace kaskad
