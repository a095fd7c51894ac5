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

// A log in memory: what a reader would give.
struct GivenLog {
  std::vector<std::string> contexts;
  std::vector<LoggedList> lists;
  bool has_time = true;
};

class LoggedListsTest : public testing::Test {
 protected:
  LoggedListsTest()
      : data_(hourly_log()),
        split_(make_split(data_.data, SplitOptions::parse("global-time:0.2"))) {}

  Impressions write(const GivenLog& log, const std::string& part,
                    const std::vector<std::string>& heads = {kNextHead}) {
    return write(log, part, heads, ListParts::by_time(split_));
  }

  Impressions write(const GivenLog& log, const std::string& part,
                    const std::vector<std::string>& heads, const ListParts& parts) {
    ImpressionFields fields;
    fields.time = log.has_time;
    fields.contexts = log.contexts;
    LoggedLists lists(data_.data, parts, heads, fields);
    for (const LoggedList& list : log.lists) lists.append(list);
    const size_t p = part == "train" ? 0 : part == "validation" ? 1 : 2;
    counts_ = lists.counts(p);
    const std::string directory = data_.directory / part;
    std::filesystem::create_directories(directory);
    ImpressionFacts facts;
    facts.heads = heads;
    facts.contexts = log.contexts;
    facts.dataset_hash = data_.hash;
    lists.writer(p).finish(directory, std::vector<uint32_t>{20, 20}, facts, lists.queries());
    return Impressions::open(directory);
  }

  TestDataset data_;
  Split split_;
  LoggedCounts counts_;
};

TEST_F(LoggedListsTest, TheHistoryEndsStrictlyBeforeTheRequest) {
  // Ann acts at hours 0, 2, 4, ...; the click that the list led to lies at the request's time.
  const GivenLog log{{"price"},
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
  const GivenLog log{
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
  const GivenLog log{{}, {{"r1", "eve", 4 * kHour, {{"i4", 3, {"view", "buy"}, {}}}}}};
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
  GivenLog log;
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
  EXPECT_THROW(ListParts::by_time(split), Error);
}

TEST_F(LoggedListsTest, AllPartsNumberQueriesAlike) {
  // By time: hours 0 to 39, the last 8 are test. Query q0 is asked early, q1 late, q2 in between.
  GivenLog log;
  for (int e = 0; e < 40; ++e) {
    const char* query = e < 10 ? "q0" : e < 30 ? "q2" : "q1";
    log.lists.push_back({"r" + std::to_string(e), "ann", e * kHour, {{"i1", 1, {}, {}}}, query});
  }
  log.lists[39].query = "";
  const Impressions train = write(log, "train"), test = write(log, "test");
  check_same_queries(train, test);
  EXPECT_EQ(train.list(0).query, QueryId{0});
  EXPECT_EQ(test.list(0).query, QueryId{2});  // the third that the log names
  EXPECT_EQ(test.list(0).query_text, "q1");
  EXPECT_EQ(test.list(7).query, kNoQuery);
}

// Without time nothing comes before anything: no history, and items are known by the dataset.
TEST_F(LoggedListsTest, WithoutTimeListsAreCutByTheirRequests) {
  GivenLog log;
  log.has_time = false;
  for (int r = 0; r < 1000; ++r) {
    log.lists.push_back(
        {"r" + std::to_string(r), "ann", r, {{"i1", 1, {}, {}}, {"i9", 2, {}, {}}}});
  }
  const ListParts parts = ListParts::by_hash(0.2);
  const Impressions test = write(log, "test", {kNextHead}, parts);
  EXPECT_NEAR(static_cast<double>(test.size()), 200, 40);  // 3 standard deviations of 12.6
  EXPECT_EQ(test.list(0).user, kNoUser);
  EXPECT_EQ(test.list(0).history_end, 0u);
  EXPECT_EQ(test.list(0).items[0], data_.item("i1"));
  EXPECT_EQ(test.list(0).items[1], kNoItem);
  EXPECT_NEAR(static_cast<double>(write(log, "validation", {kNextHead}, parts).size()), 200, 40);
  EXPECT_EQ(parts.part_of(log.lists[0]), ListParts::by_hash(0.2).part_of(log.lists[0]));
}

TEST_F(LoggedListsTest, HeadsAndClockAreThoseOfTheLog) {
  ImpressionFields fields;
  fields.time = true;
  LoggedLists lists(data_.data, ListParts::by_time(split_), {"buy"}, fields);
  lists.append({"r1", "ann", 4 * kHour, {{"i2", 0, {"click"}, {}}}});
  EXPECT_THROW(lists.check_all("shown.csv"), Error);
  EXPECT_THROW(lists.check_time(TimeKind::kOrder), Error);
  lists.check_time(TimeKind::kClock);
}

TEST_F(LoggedListsTest, AllItemsAreKnownWhereTheDatasetHasWhateverWasShown) {
  ImpressionFields fields;
  fields.time = true;
  const ListParts parts = ListParts::by_time(split_);
  LoggedLists lists(data_.data, parts, {kNextHead}, fields, KnownItems::kCatalogue);
  lists.append({"r1", "ann", 4 * kHour, {{"i5", 0, {"click"}, {}}}});  // first taken at hour 5
  EXPECT_EQ(lists.counts(0).unknown_items, 0u);
  lists.check_all("shown.csv");
  lists.append({"r2", "ann", 5 * kHour, {{"i9", 0, {}, {}}}});
  EXPECT_THROW(lists.check_all("shown.csv"), Error);
}

}  // namespace
}  // namespace kaskad
