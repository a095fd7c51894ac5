#include "kaskad/dataset/event_runs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

TEST(SortByUser, IsStableOverSeveralDigits) {
  std::mt19937 random(1);
  std::vector<EventRow> rows, scratch;
  for (int64_t i = 0; i < 5000; ++i) {
    rows.push_back({i, static_cast<uint32_t>(random() % 300) * 100003, ItemId{0}, 1, 0});
  }
  std::vector<EventRow> expected = rows;
  std::stable_sort(expected.begin(), expected.end(),
                   [](const EventRow& a, const EventRow& b) { return a.user < b.user; });
  sort_by_user(rows, scratch);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].user, expected[i].user);
    ASSERT_EQ(rows[i].time, expected[i].time);
  }
}

// The times of each user, in the order read() gives them.
std::vector<std::vector<int64_t>> times_by_user(const EventRuns& runs, size_t users) {
  std::vector<std::vector<int64_t>> times(users);
  std::vector<EventRow> rows;
  for (size_t range = 0; range < runs.ranges().size(); ++range) {
    runs.read(range, rows);
    for (const EventRow& row : rows) {
      EXPECT_TRUE(runs.ranges()[range].first <= row.user && row.user < runs.ranges()[range].last);
      times[row.user].push_back(row.time);
    }
  }
  return times;
}

TEST(EventRuns, GivesBackAllInOrderFromMemoryAndFile) {
  const TempDir directory;
  EventRuns runs(directory.path(), 7);
  std::vector<std::vector<int64_t>> expected(5);
  for (int64_t i = 0; i < 100; ++i) {
    const uint32_t user = static_cast<uint32_t>(i * i % 5);
    expected[user].push_back(i);
    runs.add({i, user, ItemId{0}, 1, 0});
    if (i == 30 || i == 60) runs.spill();  // the last runs stay in memory
  }
  EXPECT_GT(runs.spilled(), 0u);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path())) << "the file has no name";
  runs.finish(30);
  EXPECT_EQ(times_by_user(runs, 5), expected);
}

TEST(EventRuns, SpillingFreesMemory) {
  const TempDir directory;
  EventRuns runs(directory.path(), 1000);
  for (int64_t i = 0; i < 10000; ++i) runs.add({i, 0, ItemId{0}, 1, 0});
  EXPECT_GE(runs.memory(), 10000 * sizeof(EventRow));
  runs.spill();
  // The run being filled, the one it is sorted into, and the counts stay.
  EXPECT_LE(runs.memory(), 2 * 1000 * sizeof(EventRow) + 64);
}

TEST(EventRuns, RangesHoldWholeUsersWithinTheLimit) {
  const TempDir directory;
  EventRuns runs(directory.path(), 100);
  for (const uint32_t user : {0, 0, 1, 2, 2, 2, 2, 2, 3}) runs.add({0, user, ItemId{0}, 1, 0});
  runs.finish(3);
  ASSERT_EQ(runs.ranges().size(), 3u);  // users 0 and 1; 2, which is over the limit alone; 3
  EXPECT_EQ(runs.ranges()[0].last, 2u);
  EXPECT_EQ(runs.ranges()[0].events, 3u);
  EXPECT_EQ(runs.ranges()[1].events, 5u);
  EXPECT_EQ(runs.ranges()[2].events, 1u);
}

}  // namespace
}  // namespace kaskad
