#include "kaskad/state/redis_store.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/state/event_store_battery.h"
#include "tests/state/redis_process.h"

namespace kaskad {
namespace {

// A disk that others keep busy is no fault of the store: then an answer takes long.
constexpr int kPatience = 60'000;

// One server for all tests, each with keys of its own. What is durable is asked below.
class RedisStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    redis_ = std::make_unique<RedisProcess>(
        std::vector<std::string>{"--appendonly", "yes", "--appendfsync", "no"});
  }
  static void TearDownTestSuite() { redis_.reset(); }

  battery::MakeStore make() {
    const std::string name =
        std::string("/") + testing::UnitTest::GetInstance()->current_test_info()->name();
    return [url = redis_->url(name)](const StoreLimits& limits) {
      return open_redis_store(url, {.limits = limits, .sync = false, .timeout_ms = kPatience});
    };
  }

  static std::unique_ptr<RedisProcess> redis_;
};
std::unique_ptr<RedisProcess> RedisStoreTest::redis_;

TEST_F(RedisStoreTest, KeepsEveryField) { battery::keeps_every_field(make()); }
TEST_F(RedisStoreTest, LateEventsLandInTheOrderOfTime) {
  battery::late_events_land_in_the_order_of_time(make());
}
TEST_F(RedisStoreTest, AnEventSentTwiceCountsOnce) {
  battery::an_event_sent_twice_counts_once(make());
}
TEST_F(RedisStoreTest, OldEventsAndLongHistoriesAreBounded) {
  battery::old_events_and_long_histories_are_bounded(make());
}
TEST_F(RedisStoreTest, ADeletedUserIsForgotten) { battery::a_deleted_user_is_forgotten(make()); }
TEST_F(RedisStoreTest, EqualsThePlainStore) { battery::equals_the_plain_store(make()); }
TEST_F(RedisStoreTest, ManyThreadsAtOnceLoseNothing) {
  battery::many_threads_at_once_lose_nothing(make());
}

TEST_F(RedisStoreTest, TwoServersSeeEachOthersEvents) {
  const auto here = make()({}), there = make()({});
  const LiveEvent event = battery::event_of("u", "a", 5, "e");
  EXPECT_EQ(here->append({&event, 1}), std::vector{Kept::kStored});
  EXPECT_EQ(there->append({&event, 1}), std::vector{Kept::kDuplicate});
  EXPECT_EQ(there->history("u", 10).size(), 1U);
  there->erase_user("u", 5);
  EXPECT_TRUE(here->history("u", 10).empty());
  EXPECT_EQ(here->erased_until("u"), 5);
}

class RedisPeersTest : public RedisStoreTest {
 protected:
  std::unique_ptr<EventStore> server() {
    const std::string name =
        std::string("/") + testing::UnitTest::GetInstance()->current_test_info()->name();
    return open_redis_store(redis_->url(name),
                            {.sync = false, .timeout_ms = kPatience, .peers = true});
  }
  // All news from `position` on, until there have been `count`.
  static std::vector<PeerNews> read(EventStore& store, PeerPosition& position, size_t count) {
    std::vector<PeerNews> all;
    for (int i = 0; i < 600 && all.size() < count; ++i) {
      for (PeerNews& one : store.peers()->read(position, std::chrono::milliseconds(100))) {
        all.push_back(std::move(one));
      }
    }
    return all;
  }
};

TEST_F(RedisPeersTest, TellEachOtherOfEventsAndPagesInTheirOrder) {
  const auto here = server(), there = server();
  LiveEvent event = battery::event_of("u", "a", 5, "e");
  event.query = "hats";
  here->append({&event, 1});
  here->append({&event, 1});  // a duplicate is no news
  here->peers()->tell("one\n");
  PeerPosition position, own;
  const auto news = read(*there, position, 2);
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].event, event);
  EXPECT_EQ(news[0].arrival, 1u);
  EXPECT_EQ(news[1].pages, "one\n");
  EXPECT_TRUE(read(*here, own, 0).empty()) << "nobody hears himself";
  EXPECT_TRUE(there->peers()->read(position, {}).empty());
}

TEST_F(RedisPeersTest, AScanSaysWhichNewsIsInIt) {
  const auto here = server(), there = server();
  const LiveEvent first = battery::event_of("u", "a", 5), second = battery::event_of("u", "b", 6);
  here->append({&first, 1});
  size_t scanned = 0;
  // What comes in meanwhile is left to the news.
  const uint64_t arrival = there->scan(0, [&](const LiveEvent&) { ++scanned; });
  here->append({&second, 1});
  EXPECT_EQ(scanned, 1u);
  PeerPosition position;
  const auto news = read(*there, position, 2);
  ASSERT_EQ(news.size(), 2u);
  EXPECT_LE(news[0].arrival, arrival);
  EXPECT_GT(news[1].arrival, arrival);
}

TEST_F(RedisPeersTest, PagesGoInLotsOfWholeLines) {
  const auto here = server(), there = server();
  std::string line(1000, 'x'), all;
  line += '\n';
  for (int i = 0; i < 100; ++i) all += line;
  const std::string large(40'000, 'y');
  all += large + "\n";
  here->peers()->tell(all);
  std::string heard;
  PeerPosition position;
  for (int i = 0; i < 600 && heard.size() < all.size(); ++i) {
    for (const PeerNews& one : there->peers()->read(position, std::chrono::milliseconds(100))) {
      EXPECT_TRUE(one.pages.ends_with('\n'));
      EXPECT_TRUE(one.pages.size() <= (16u << 10) || one.pages == large + "\n") << one.pages.size();
      heard += one.pages;
    }
  }
  EXPECT_EQ(heard, all);
}

TEST(RedisPeersFailures, PagesWaitForARedisThatIsAwayAndTooManyAreCounted) {
  RedisProcess redis({"--appendonly", "yes", "--appendfsync", "no"});
  const RedisStoreOptions options{.sync = false, .timeout_ms = kPatience, .peers = true};
  const auto here = open_redis_store(redis.url(), options);
  const auto there = open_redis_store(redis.url(), options);
  redis.end(SIGKILL);
  PeerPosition position;
  EXPECT_THROW(there->peers()->read(position, {}), Error);
  here->peers()->tell("kept\n");
  const std::string megabyte = std::string((1 << 20) - 1, 'x') + "\n";
  for (int i = 0; i < 5; ++i) here->peers()->tell(megabyte);
  EXPECT_EQ(here->peers()->dropped(), 2u);
  redis.start();
  std::vector<PeerNews> news;
  for (int i = 0; i < 600 && news.empty(); ++i) {
    news = there->peers()->read(position, std::chrono::milliseconds(100));
  }
  ASSERT_FALSE(news.empty());
  EXPECT_EQ(news[0].pages, "kept\n");
}

TEST(RedisStoreFailures, AcknowledgedEventsSurviveKillingRedis) {
  RedisProcess redis(kDurable);
  const auto store = open_redis_store(redis.url(), {.timeout_ms = kPatience});
  for (int64_t i = 0; i < 50; ++i) {
    const LiveEvent event = battery::event_of("u", std::to_string(i), i);
    store->append({&event, 1});
  }
  redis.end(SIGKILL);
  const LiveEvent event = battery::event_of("u", "x", 100);
  EXPECT_THROW(store->append({&event, 1}), Error);
  redis.start();
  EXPECT_EQ(store->history("u", 100).size(), 50U) << "and the connection is made again";
  EXPECT_EQ(store->append({&event, 1}), std::vector{Kept::kStored});
}

std::string redis_message(const std::string& url, bool sync = true) {
  try {
    open_redis_store(url, {.sync = sync});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RedisStoreFailures, ARedisThatForgetsIsRefused) {
  const RedisProcess memory({"--appendonly", "no"});
  EXPECT_NE(redis_message(memory.url()).find("found 'appendonly no', expected 'appendonly yes'"),
            std::string::npos);
  const RedisProcess lazy({"--appendonly", "yes", "--appendfsync", "everysec"});
  EXPECT_NE(redis_message(lazy.url()).find("expected 'appendfsync always', or --events-lazy"),
            std::string::npos);
  EXPECT_EQ(redis_message(lazy.url(), false), "");
  const RedisProcess evicting(
      {"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru"});
  EXPECT_NE(redis_message(evicting.url()).find("expected 'maxmemory-policy noeviction'"),
            std::string::npos);
}

TEST(RedisStoreFailures, AddressesAreChecked) {
  for (const char* url : {"redis://", "redis://:1", "redis://h:0", "redis://h:x", "http://h"}) {
    EXPECT_NE(redis_message(url).find("expected redis://HOST:PORT"), std::string::npos) << url;
  }
  const std::string nobody = "redis://127.0.0.1:" + std::to_string(free_port());
  EXPECT_NE(redis_message(nobody).find("cannot connect"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
