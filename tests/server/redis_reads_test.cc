// How often a request goes to a Redis: each way there and back is time in every answer.
#include <gtest/gtest.h>

#include "kaskad/server/service.h"
#include "kaskad/state/redis_client.h"
#include "kaskad/state/redis_store.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_ranker.h"
#include "tests/state/redis_process.h"

namespace kaskad {
namespace {

class RedisReadsTest : public testing::Test {
 protected:
  // Commands that Redis has read from its sockets, this question included; what a script does
  // within Redis is none.
  uint64_t commands() const {
    const std::string text = client_.ask({"INFO", "stats"}).text;
    const std::string name = "total_reads_processed:";
    const size_t at = text.find(name);
    EXPECT_NE(at, std::string::npos) << text;
    return std::stoull(text.substr(at + name.size()));
  }
  uint64_t commands_of(const std::string& path, const std::string& body) {
    const uint64_t before = commands();
    const HttpResponse response = service_->handle({"POST", path, "", body});
    EXPECT_EQ(response.status, 200) << response.body;
    return commands() - before - 1;
  }
  void serve(Bundles bundles) {
    service_ = std::make_unique<Service>(std::move(bundles), ServiceOptions{.live = live_});
  }

  const RedisProcess redis_{kDurable};
  const RedisClient client_{"127.0.0.1", redis_.port(), 60'000};
  const std::shared_ptr<LiveState> live_ =
      std::make_shared<LiveState>(open_redis_store(redis_.url(), {.timeout_ms = 60'000}), nullptr);
  std::unique_ptr<Service> service_;
};

TEST_F(RedisReadsTest, AUsersEventsDeletionAndTheTimeAreReadInOneRoundTrip) {
  serve({.retriever = load_test_bundle(), .ranker = test_ranker()});
  commands_of("/v1/events", R"({"events": [{"user_id": "user-1", "item_id": "item-1"}]})");
  EXPECT_EQ(commands_of("/v1/recommend", R"({"user_id": "user-1"})"), 1U);
  EXPECT_EQ(commands_of("/v1/recommend", R"({"user_id": "stranger"})"), 1U);
  EXPECT_EQ(commands_of("/v1/rank", R"({"user_id": "user-1", "candidates": ["item-4"]})"), 1U);
  EXPECT_EQ(commands_of("/v1/recommend", R"({"history": ["item-4"]})"), 1U) << "the newest event";
}

TEST_F(RedisReadsTest, SoDoesACascade) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2}, 3);
  serve({.cascade = builder.build()});
  EXPECT_EQ(commands_of("/v1/recommend", R"({"user_id": "user-1"})"), 1U);
}

}  // namespace
}  // namespace kaskad
