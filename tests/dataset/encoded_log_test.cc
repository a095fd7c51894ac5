#include "kaskad/dataset/encoded_log.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "kaskad/core/error.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

DatasetContents three_of_each() {
  return {.users = {"u", "v", "w"}, .items = {"a", "b", "c"}, .time_kind = TimeKind::kClock};
}

std::vector<uint32_t> items_of(const History& history) {
  std::vector<uint32_t> items;
  for (const ItemId item : history.items) items.push_back(static_cast<uint32_t>(item));
  return items;
}

TEST(EncodedLog, HistoriesStandByUserInTheOrderOfTime) {
  const std::vector<uint32_t> user = {1, 0, 1, 1}, item = {0, 1, 2, 1};
  const std::vector<int64_t> time = {5, 1, 3, 5};
  const std::vector<float> weight = {1, 2, 3, 4};
  const TempDir folder;
  const std::string hash = write_encoded_log(folder / "data", {user, item, time, weight},
                                             three_of_each(), Duplicates::kKeep, 2);
  const Dataset data = Dataset::open(folder / "data");
  EXPECT_EQ(data.hash(), hash);
  EXPECT_EQ(data.time_kind(), TimeKind::kClock);
  EXPECT_EQ(data.items().name(2), "c");
  EXPECT_EQ(items_of(data.history(UserId{0})), (std::vector<uint32_t>{1}));
  EXPECT_EQ(items_of(data.history(UserId{1})), (std::vector<uint32_t>{2, 0, 1}));  // 5 before 5
  EXPECT_EQ(data.history(UserId{1}).weights[0], 3);
  // A user without an event, behind the last that has one.
  EXPECT_EQ(data.history(UserId{2}).size(), 0u);
}

TEST(EncodedLog, WithoutTimesTheRowsAreTheOrder) {
  const std::vector<uint32_t> user = {0, 0, 0}, item = {2, 0, 1};
  DatasetContents contents = three_of_each();
  contents.time_kind = TimeKind::kOrder;
  const TempDir folder;
  write_encoded_log(folder / "data", {user, item}, contents, Duplicates::kKeep, 1);
  const Dataset data = Dataset::open(folder / "data");
  EXPECT_EQ(items_of(data.history(UserId{0})), (std::vector<uint32_t>{2, 0, 1}));
  EXPECT_EQ(data.history(UserId{0}).weights[0], 1);
}

TEST(EncodedLog, RepeatsAreTreatedByPolicy) {
  const std::vector<uint32_t> user = {0, 0, 0}, item = {0, 1, 0};
  const std::vector<float> weight = {1, 2, 4};
  const TempDir folder;
  write_encoded_log(folder / "data", {user, item, {}, weight}, three_of_each(), Duplicates::kSum,
                    1);
  const Dataset data = Dataset::open(folder / "data");
  EXPECT_EQ(items_of(data.history(UserId{0})), (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(data.history(UserId{0}).weights[1], 1 + 4);
}

std::string refusal(const EncodedLog& log) {
  const TempDir folder;
  try {
    write_encoded_log(folder / "data", log, three_of_each(), Duplicates::kKeep, 1);
  } catch (const Error& fault) {
    EXPECT_FALSE(std::filesystem::exists(folder / "data"));
    return fault.what();
  }
  return "none";
}

TEST(EncodedLog, WhatIsWrongIsNamedAndNothingIsLeft) {
  const std::vector<uint32_t> good = {0, 1}, wrong = {0, 3}, shorter = {0};
  const std::vector<float> weight = {1, std::numeric_limits<float>::infinity()};
  const std::vector<int64_t> time = {1};
  EXPECT_EQ(refusal({}), "the log holds no events");
  EXPECT_EQ(refusal({good, wrong}), "the log's item, row 1: found 3, expected a number below 3");
  EXPECT_EQ(refusal({good, shorter}), "the log's item: found 1 values, expected 2, one a row");
  EXPECT_EQ(refusal({good, good, time}), "the log's time: found 1 values, expected 2, one a row");
  EXPECT_EQ(refusal({good, good, {}, weight}),
            "the log's weight, row 1: found inf, expected a finite number");
}

}  // namespace
}  // namespace kaskad
