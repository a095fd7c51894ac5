#include "kaskad/state/rocks_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "kaskad/core/error.h"
#include "tests/state/event_store_battery.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

class RocksStoreTest : public testing::Test {
 protected:
  battery::MakeStore make() {
    return [this](const StoreLimits& limits) {
      return open_rocks_store(directory_ / "events", {.limits = limits, .sync = false});
    };
  }

  TempDir directory_;
};

TEST_F(RocksStoreTest, KeepsEveryField) { battery::keeps_every_field(make()); }
TEST_F(RocksStoreTest, LateEventsLandInTheOrderOfTime) {
  battery::late_events_land_in_the_order_of_time(make());
}
TEST_F(RocksStoreTest, AnEventSentTwiceCountsOnce) {
  battery::an_event_sent_twice_counts_once(make());
}
TEST_F(RocksStoreTest, OldEventsAndLongHistoriesAreBounded) {
  battery::old_events_and_long_histories_are_bounded(make());
}
TEST_F(RocksStoreTest, ADeletedUserIsForgotten) { battery::a_deleted_user_is_forgotten(make()); }
TEST_F(RocksStoreTest, EqualsThePlainStore) { battery::equals_the_plain_store(make()); }
TEST_F(RocksStoreTest, ManyThreadsAtOnceLoseNothing) {
  battery::many_threads_at_once_lose_nothing(make());
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_F(RocksStoreTest, AStoreThatAnotherHasIsAnErrorThatNamesIt) {
  const auto first = make()({});
  const std::string message = message_of([&] { make()({}); });
  EXPECT_NE(message.find("cannot open the events in '" + (directory_ / "events")),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("lock"), std::string::npos) << message;
}

TEST_F(RocksStoreTest, ADamagedStoreIsAnErrorThatNamesIt) {
  const LiveEvent event = battery::event_of("u", "a", 1);
  make()({})->append({&event, 1});
  std::ofstream(directory_ / "events/CURRENT") << "nonsense";
  const std::string message = message_of([&] { make()({}); });
  EXPECT_NE(message.find("cannot open the events in '"), std::string::npos) << message;
  EXPECT_NE(message.find("nothing in it was changed: put a backup in its place"), std::string::npos)
      << message;
  directory_.write("file", "");
  EXPECT_NE(message_of([&] { open_rocks_store(directory_ / "file"); }).find("file'"),
            std::string::npos);
}

// An empty store must not take the place of one whose list of files is gone.
TEST_F(RocksStoreTest, AStoreWithoutItsListOfFilesIsNotBegunAnew) {
  const LiveEvent event = battery::event_of("u", "a", 1);
  make()({})->append({&event, 1});
  std::filesystem::rename(directory_ / "events/CURRENT", directory_ / "kept");
  const std::string message = message_of([&] { make()({}); });
  EXPECT_NE(message.find("found files of a store without its file CURRENT"), std::string::npos)
      << message;
  std::filesystem::rename(directory_ / "kept", directory_ / "events/CURRENT");
  EXPECT_EQ(make()({})->history("u", 10).size(), 1u);
}

// What the killed process below does: events one by one, each acknowledged by a byte.
TEST(DISABLED_RocksStoreWriter, WritesUntilItIsKilled) {
  const char* directory = std::getenv("KASKAD_TEST_EVENTS");
  ASSERT_NE(directory, nullptr);
  const auto store = open_rocks_store(directory, {.limits = {.events_per_user = 1'000'000}});
  for (int64_t i = static_cast<int64_t>(store->history("u", 1'000'000).size());; ++i) {
    const LiveEvent event = battery::event_of("u", std::to_string(i), i);
    store->append({&event, 1});
    const char byte = 1;
    ASSERT_EQ(write(STDOUT_FILENO, &byte, 1), 1);
  }
}

class Writer {
 public:
  explicit Writer(const std::string& directory) {
    setenv("KASKAD_TEST_EVENTS", directory.c_str(), 1);
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    const char* arguments[] = {"writer", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
                               "--gtest_filter=DISABLED_RocksStoreWriter.*", nullptr};
    if (posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments),
                    environ) != 0) {
      std::abort();
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    acknowledged_ = ends[0];
  }
  ~Writer() { close(acknowledged_); }

  // Waits for `first` events, then for so many microseconds more, and kills. Returns how many were
  // acknowledged.
  size_t kill_after(size_t first, int microseconds) {
    size_t count = 0;
    while (count < first && !ended_) count += read_some();
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    kill(process_, SIGKILL);
    int status = 0;
    waitpid(process_, &status, 0);
    while (!ended_) count += read_some();
    return count;
  }

 private:
  // What gtest says before the first event is text, an acknowledgement is a byte 1.
  size_t read_some() {
    char bytes[4096];
    const ssize_t got = read(acknowledged_, bytes, sizeof(bytes));
    ended_ = got <= 0;
    return ended_ ? 0 : static_cast<size_t>(std::count(bytes, bytes + got, 1));
  }

  pid_t process_ = 0;
  int acknowledged_ = -1;
  bool ended_ = false;
};

TEST_F(RocksStoreTest, AcknowledgedEventsSurviveKilling) {
  std::mt19937 random(3);
  size_t acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    Writer writer(directory_ / "killed");
    acknowledged += writer.kill_after(1 + random() % 5, static_cast<int>(random() % 20'000));
    const auto store =
        open_rocks_store(directory_ / "killed", {.limits = {.events_per_user = 1'000'000}});
    const auto events = store->history("u", 1'000'000);
    ASSERT_GE(events.size(), acknowledged);
    ASSERT_LE(events.size(), acknowledged + static_cast<size_t>(round) + 1)
        << "at most one a killing was written and not yet acknowledged";
    for (size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i].item_id, std::to_string(i));
    acknowledged = events.size();
  }
}

}  // namespace
}  // namespace kaskad
