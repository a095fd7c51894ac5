#include "kaskad/server/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace kaskad {
namespace {

using namespace std::chrono_literals;

// Jobs that end when the test says so.
class WorkersTest : public testing::Test {
 protected:
  void TearDown() override { release(); }

  void release() {
    held_ = false;
    held_.notify_all();
  }
  std::function<void()> holding() {
    return [this] {
      ++started_;
      held_.wait(true);
      ++ended_;
    };
  }
  static void wait_until(const std::function<bool()>& holds) {
    while (!holds()) std::this_thread::sleep_for(1ms);
  }
  // Lets `workers` learn that a job takes `time` at the least.
  void teach(Workers& workers, std::chrono::milliseconds time) {
    std::atomic<bool> done{false};
    ASSERT_FALSE(workers.take([&] {
      std::this_thread::sleep_for(time);
      done = true;
    }));
    wait_until([&] { return done.load(); });
  }
  // Sends what only a free thread takes until one does: a thread is free a moment after its job.
  static void hold_when_free(Workers& workers, const std::function<void()>& job) {
    wait_until([&] { return !workers.take(job); });
  }

  std::atomic<bool> held_{true};
  std::atomic<int> started_{0}, ended_{0};
};

TEST_F(WorkersTest, RefuseWhatWouldWaitTooLong) {
  Workers workers(1, {.most_waiting = 100, .most_wait = 30ms});
  teach(workers, 40ms);
  hold_when_free(workers, holding());
  wait_until([&] { return started_ == 1; });
  const auto why = workers.take([] {});  // (0 + 1) x 40 ms / 1 thread is over 30 ms
  ASSERT_TRUE(why);
  EXPECT_EQ(why->find("found a wait of "), 0u) << *why;
  EXPECT_NE(why->find(" ms ahead, expected at most 30 ms"), std::string::npos) << *why;
  EXPECT_EQ(workers.full().has_value(), true);
  release();
}

// However long a job took on a busy machine: 51 of them take less than the limit.
TEST_F(WorkersTest, TakeWhatWillNotWaitTooLong) {
  Workers workers(2, {.most_waiting = 100, .most_wait = 1000s});
  teach(workers, 20ms);
  for (int i = 0; i < 2; ++i) hold_when_free(workers, holding());
  wait_until([&] { return started_ == 2; });
  EXPECT_FALSE(workers.full());
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(workers.take(holding()));
  EXPECT_FALSE(workers.full());
  release();
  wait_until([&] { return ended_ == 52; });
}

TEST_F(WorkersTest, AFreeThreadTakesAJobWhateverWasMeasured) {
  Workers workers(1, {.most_waiting = 100, .most_wait = 1us});
  teach(workers, 20ms);
  hold_when_free(workers, holding());
  wait_until([&] { return started_ == 1; });
  EXPECT_TRUE(workers.take([] {}));
  release();
  wait_until([&] { return ended_ == 1; });
  hold_when_free(workers, holding());
  wait_until([&] { return ended_ == 2; });
}

TEST_F(WorkersTest, WithoutATimeTheNumberAloneCounts) {
  Workers workers(1, {.most_waiting = 2});
  teach(workers, 20ms);
  hold_when_free(workers, holding());
  wait_until([&] { return started_ == 1; });
  EXPECT_FALSE(workers.take([] {}));
  EXPECT_FALSE(workers.take([] {}));
  EXPECT_EQ(workers.take([] {}), "found 2 requests waiting, expected fewer");
  release();
}

TEST_F(WorkersTest, RefuseEverythingWhenTheyHaveStopped) {
  Workers workers(1, {});
  workers.stop();
  EXPECT_EQ(workers.take([] {}), "the server is stopping");
}

TEST_F(WorkersTest, WhoeverAsksMayBeAThreadOfThemWhileOneIsFree) {
  Workers workers(1, {});
  const auto caller = std::this_thread::get_id();
  std::thread::id ran;
  EXPECT_TRUE(workers.run_here([&] { ran = std::this_thread::get_id(); }));
  EXPECT_EQ(ran, caller);

  ASSERT_FALSE(workers.take(holding()));
  wait_until([&] { return started_ == 1; });
  EXPECT_FALSE(workers.run_here([] { FAIL() << "two at once"; }));
  release();
  wait_until([&] { return ended_ == 1; });
}

TEST_F(WorkersTest, AJobWaitsForWhoRunsElsewhereAndIsWokenByIt) {
  Workers workers(1, {});
  std::atomic<bool> waited{false};
  EXPECT_TRUE(workers.run_here([&] {
    EXPECT_FALSE(workers.take(holding()));
    EXPECT_FALSE(workers.run_here([] { FAIL() << "before one that waits"; }));
    std::this_thread::sleep_for(20ms);
    waited = started_ == 0;
  }));
  EXPECT_TRUE(waited);
  wait_until([&] { return started_ == 1; });
  release();
  wait_until([&] { return ended_ == 1; });
}

TEST_F(WorkersTest, NothingRunsHereWhenTheyHaveStopped) {
  Workers workers(1, {});
  workers.stop();
  EXPECT_FALSE(workers.run_here([] { FAIL(); }));
}

}  // namespace
}  // namespace kaskad
