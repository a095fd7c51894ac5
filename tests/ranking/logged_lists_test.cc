#include "kaskad/ranking/logged_lists.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/ranking/make_lists.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

constexpr int64_t kHour = 3'600'000;

// Forty events of two users, an hour apart from each other.
TestDataset hourly_log() {
  std::vector<TestRow> rows;
  for (int e = 0; e < 40; ++e) {
    rows.push_back(
        {e % 2 == 0 ? "ann" : "bob", "i" + std::to_string(e % 7), e * kHour, 1, "click"});
  }
  return TestDataset(rows);
}

class LoggedListsTest : public testing::Test {
 protected:
  LoggedListsTest()
      : data_(hourly_log()), split_(make_split(data_.data, SplitOptions::parse("global-time:0.2"))) {}

  Impressions write(const ImpressionLog& log, const std::string& part,
                    const std::vector<std::string>& heads = {kNextHead}) {
    ImpressionWriter writer(heads.size(), log.contexts.size());
    counts_ = add_logged_lists(log, data_.data, split_, part, heads, writer);
    const std::string directory = data_.directory / part;
    std::filesystem::create_directories(directory);
    ImpressionFacts facts;
    facts.heads = heads;
    facts.contexts = log.contexts;
    facts.dataset_hash = data_.hash;
    writer.finish(directory, std::vector<uint32_t>{20, 20}, facts);
    return Impressions::open(directory);
  }

  TestDataset data_;
  Split split_;
  LoggedCounts counts_;
};

TEST_F(LoggedListsTest, TheHistoryEndsStrictlyBeforeTheRequest) {
  // Ann acts at hours 0, 2, 4, ...; the click that the list led to lies at the request's time.
  const ImpressionLog log{
      TimeKind::kClock,
      {"price"},
      {{"r1", "ann", 4 * kHour, {{"i2", 0, {"click"}, {10}}, {"i9", 0, {}, {20}}}}}};
  const Impressions lists = write(log, "train");
  ASSERT_EQ(lists.size(), 1u);
  check_dataset(lists, data_.data);
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(list.history_end, 2u);
  EXPECT_EQ(list.items[0], data_.item("i2"));
  EXPECT_EQ(list.items[1], kNoItem);
  EXPECT_EQ(list.labels[0], 1);
  EXPECT_EQ(list.labels[1], 0);
  EXPECT_EQ(list.ranks[1], 2u);
  EXPECT_EQ(list.positions[1], 2u);
  EXPECT_EQ(list.context[1], 20);
  EXPECT_EQ(counts_.unknown_items, 1u);
  EXPECT_EQ(counts_.positives, 1u);
}

// Item i4 is first taken at hour 4, by the click on this list, and i5 after it: that the dataset
// has an id for them must not tell them from i9, which nobody ever takes.
TEST_F(LoggedListsTest, ItemsThatAreFirstTakenLaterAreUnknown) {
  const ImpressionLog log{
      TimeKind::kClock,
      {},
      {{"r1", "ann", 4 * kHour, {{"i4", 0, {"click"}, {}}, {"i5", 0, {}, {}}, {"i9", 0, {}, {}}}},
       {"r2", "ann", 4 * kHour + 1, {{"i4", 0, {"click"}, {}}}}}};
  const Impressions lists = write(log, "train");
  for (const ItemId item : lists.list(0).items) EXPECT_EQ(item, kNoItem);
  EXPECT_EQ(lists.list(0).labels[0], 1);
  EXPECT_EQ(lists.list(1).items[0], data_.item("i4"));
  EXPECT_EQ(counts_.unknown_items, 3u);
}

TEST_F(LoggedListsTest, HeadsAndUnknownUsers) {
  const ImpressionLog log{
      TimeKind::kClock, {}, {{"r1", "eve", 4 * kHour, {{"i4", 3, {"view", "buy"}, {}}}}}};
  const Impressions lists = write(log, "train", {"buy", "click", "next"});
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(list.user, kNoUser);
  EXPECT_EQ(list.history_end, 0u);
  EXPECT_EQ(list.ranks[0], 3u);
  EXPECT_EQ(std::vector<float>(list.labels.begin(), list.labels.end()),
            (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(counts_.unknown_users, 1u);
}

TEST_F(LoggedListsTest, EachListGoesToThePartOfItsTime) {
  ImpressionLog log;
  for (int e = 0; e < 40; ++e) {
    log.lists.push_back({"r" + std::to_string(e), "ann", e * kHour, {{"i1", 1, {"click"}, {}}}});
  }
  size_t sum = 0;
  for (const char* part : {"train", "validation", "test"}) sum += write(log, part).size();
  EXPECT_EQ(sum, 40u);
  EXPECT_EQ(write(log, "test").size(), 8u);
  EXPECT_EQ(write(log, "test").list(0).time, *split_.test.cut);
  EXPECT_EQ(write(log, "validation").list(0).time, *split_.validations[0].cut);
}

TEST_F(LoggedListsTest, OtherSplitsAreRefused) {
  const Split split = make_split(data_.data, SplitOptions::parse("leave-one-out"));
  EXPECT_THROW(part_of(split, 0), Error);
}

}  // namespace
}  // namespace kaskad
