// Events that are produced appear in the store: once each, whatever fails on the way.
#include "kaskad/kafka/kafka_events.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "kaskad/core/error.h"
#include "tests/kafka/mock_kafka.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_client.h"
#include "tests/state/plain_store.h"

namespace kaskad {
namespace {

// For several threads, and failing where the test wants it to.
class SharedStore : public PlainStore {
 public:
  SharedStore() : PlainStore({}) {}

  std::vector<Kept> append(std::span<const LiveEvent> events) override {
    if (fails) throw Error("cannot write the events in 'x': no space");
    const std::lock_guard lock(mutex_);
    return PlainStore::append(events);
  }
  std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const override {
    const std::lock_guard lock(mutex_);
    return PlainStore::history(user_id, limit);
  }
  std::optional<int64_t> newest() const override {
    const std::lock_guard lock(mutex_);
    return PlainStore::newest();
  }
  uint64_t scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const override {
    const std::lock_guard lock(mutex_);
    return PlainStore::scan(from, take);
  }

  std::atomic<bool> fails{false};

 private:
  mutable std::recursive_mutex mutex_;
};

class KafkaEventsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = std::make_unique<SharedStore>();
    store_ = store.get();
    live_ = std::make_shared<LiveState>(std::move(store), nullptr);
    server_ = std::make_unique<Server>(
        Bundles{.retriever = load_test_bundle()},
        ServerOptions{.http = {.port = 0, .threads = 1, .limits = {}}, .service = {.live = live_}});
    server_->start();
  }

  KafkaOptions options() const {
    return {.brokers = kafka_.brokers(),
            .topic = "events",
            .group = "kaskad",
            // The mock forgets who has left only when the session is over.
            .settings = {{"session.timeout.ms", "3000"}, {"heartbeat.interval.ms", "300"}},
            .retry_after = std::chrono::milliseconds(10)};
  }
  std::unique_ptr<KafkaEvents> consumer() {
    return std::make_unique<KafkaEvents>(*server_, options(), [this](const std::string& line) {
      const std::lock_guard lock(log_mutex_);
      log_ += line + "\n";
    });
  }
  static std::string event(const std::string& user, int number) {
    return R"({"user_id": ")" + user + R"(", "item_id": "item-)" + std::to_string(number) +
           R"(", "timestamp": )" + std::to_string(1'600'000'000 + number) + "}";
  }

  size_t stored(const std::string& user) { return store_->history(user, 1000).size(); }
  bool logged(const std::string& text) {
    const std::lock_guard lock(log_mutex_);
    return log_.find(text) != std::string::npos;
  }
  bool shows(const std::string& metric) {
    return TestClient(server_->port()).get("/metrics").body.find(metric + "\n") !=
           std::string::npos;
  }
  // Waits for what must come, at most two minutes: a group takes seconds to form.
  template <typename Condition>
  static bool comes(const Condition& condition) {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  MockKafka kafka_;
  SharedStore* store_ = nullptr;
  std::shared_ptr<LiveState> live_;
  std::mutex log_mutex_;
  std::string log_;
  std::unique_ptr<Server> server_;
};

TEST_F(KafkaEventsTest, EventsThatAreProducedAreStored) {
  kafka_.produce(event("u", 1));
  kafka_.produce(event("u", 2) + "\n" + event("v", 3) + "\n");
  const auto consuming = consumer();
  EXPECT_TRUE(comes([&] { return stored("u") == 2 && stored("v") == 1; }));
  EXPECT_EQ(store_->history("v", 1)[0].time, 1'600'000'003'000);
  EXPECT_TRUE(comes([&] {
    return shows(R"(kaskad_kafka_messages_total{outcome="taken"} 2)") &&
           shows("kaskad_kafka_lag_messages 0");
  }));
  kafka_.produce(event("u", 4), 3);
  EXPECT_TRUE(comes([&] { return stored("u") == 3; })) << "of any partition";
  EXPECT_NE(TestClient(server_->port())
                .post("/v1/recommend", R"({"user_id": "u"})")
                .body.find(R"("history_length":3)"),
            std::string::npos);
}

TEST_F(KafkaEventsTest, BadMessagesAreCountedAndNamedAndStopNobody) {
  kafka_.produce(event("u", 1));
  kafka_.produce(event("bad", 2) + "\n{\"user_id\": \"u\"}");
  kafka_.produce("");
  kafka_.produce(event("u", 3));
  const auto consuming = consumer();
  EXPECT_TRUE(comes([&] { return stored("u") == 2; }));
  EXPECT_EQ(stored("bad"), 0U) << "all of a message or nothing";
  EXPECT_TRUE(comes([&] { return shows(R"(kaskad_kafka_messages_total{outcome="bad"} 2)"); }));
  EXPECT_TRUE(logged("topic 'events', partition 0, offset 1: line 2: found no 'item_id'")) << log_;
}

TEST_F(KafkaEventsTest, AnEventWithoutATimeIsOfItsMessage) {
  kafka_.produce(R"({"user_id": "u", "item_id": "item-1"})");
  kafka_.refuse_commits(100);  // so that it comes again
  {
    const auto first = consumer();
    EXPECT_TRUE(comes([&] { return logged("cannot commit"); }));
  }
  const auto second = consumer();
  EXPECT_TRUE(comes([&] { return shows(R"(kaskad_events_total{outcome="duplicates"} 1)"); }));
  EXPECT_EQ(stored("u"), 1U) << "the same time, so the same event";
}

// As a process that is killed between the two.
TEST_F(KafkaEventsTest, WhatIsStoredButNotCommittedComesAgainAndCountsOnce) {
  kafka_.produce(event("u", 1));
  kafka_.produce(event("u", 2));
  kafka_.refuse_commits(100);
  {
    const auto killed = consumer();
    EXPECT_TRUE(comes([&] { return stored("u") == 2 && logged("cannot commit"); }));
  }
  kafka_.produce(event("u", 3));
  const auto next = consumer();
  EXPECT_TRUE(comes([&] { return stored("u") == 3; })) << "nothing is lost";
  EXPECT_TRUE(comes([&] { return shows(R"(kaskad_events_total{outcome="duplicates"} 2)"); }));
  EXPECT_TRUE(shows(R"(kaskad_events_total{outcome="stored"} 3)")) << "nothing counts twice";
}

TEST_F(KafkaEventsTest, WhatIsCommittedDoesNotComeAgain) {
  kafka_.produce(event("u", 1));
  {
    const auto first = consumer();
    EXPECT_TRUE(comes([&] { return shows(R"(kaskad_kafka_messages_total{outcome="taken"} 1)"); }));
  }
  kafka_.produce(event("u", 2));
  const auto second = consumer();
  EXPECT_TRUE(comes([&] { return shows(R"(kaskad_kafka_messages_total{outcome="taken"} 2)"); }));
  EXPECT_FALSE(shows(R"(kaskad_events_total{outcome="duplicates"} 1)"));
}

TEST_F(KafkaEventsTest, AStoreThatFailsIsTriedAgainAndLosesNothing) {
  store_->fails = true;
  kafka_.produce(event("u", 1));
  {
    const auto first = consumer();
    EXPECT_TRUE(comes([&] { return logged("cannot write the events in 'x': no space"); }));
  }  // stops while it tries
  EXPECT_FALSE(shows(R"(kaskad_kafka_messages_total{outcome="taken"} 1)"));
  const auto second = consumer();
  store_->fails = false;
  EXPECT_TRUE(comes([&] { return stored("u") == 1; }));
}

TEST_F(KafkaEventsTest, AGroupSharesPartitionsAndTakesOver) {
  auto first = consumer();
  const auto second = consumer();
  for (int i = 0; i < 20; ++i) kafka_.produce(event("u", i), i % MockKafka::kPartitions);
  EXPECT_TRUE(comes([&] { return stored("u") == 20; }));
  first->stop();
  first->stop();  // once more does nothing
  for (int i = 20; i < 40; ++i) kafka_.produce(event("u", i), i % MockKafka::kPartitions);
  EXPECT_TRUE(comes([&] { return stored("u") == 40; })) << "of all partitions";
  EXPECT_TRUE(shows(R"(kaskad_events_total{outcome="stored"} 40)"));
}

TEST_F(KafkaEventsTest, ASettingThatIsNoneIsAnError) {
  KafkaOptions wrong = options();
  wrong.settings = {{"no.such.setting", "1"}};
  try {
    const KafkaEvents consuming(*server_, wrong, [](const std::string&) {});
    FAIL() << "the setting was taken";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("Kafka setting 'no.such.setting': found '1': "), 0U)
        << error.what();
  }
}

}  // namespace
}  // namespace kaskad
