#include "kaskad/counters/item_counters.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

constexpr int64_t kOneDay = 86'400'000;

std::vector<uint32_t> whole(const Dataset& dataset) {
  std::vector<uint32_t> ends;
  for (uint32_t user = 0; user < dataset.num_users(); ++user) {
    ends.push_back(static_cast<uint32_t>(dataset.history(UserId{user}).size()));
  }
  return ends;
}

class ItemCountersTest : public testing::Test {
 protected:
  ItemCountersTest()
      : log_({{"ann", "milk", 10 * kOneDay},
              {"bob", "milk", 12 * kOneDay},
              {"ann", "beer", 12 * kOneDay},
              {"cat", "milk", 12 * kOneDay},
              {"bob", "beer", 30 * kOneDay}}),
        counters_(ItemCounters::build(log_.data, whole(log_.data), {2, 7})) {}

  TestDataset log_;
  std::shared_ptr<const ItemCounters> counters_;
};

TEST_F(ItemCountersTest, CountsStrictlyBeforeNow) {
  const ItemId milk = log_.item("milk");
  EXPECT_EQ(counters_->at(milk, 10 * kOneDay).count, 0u);
  EXPECT_EQ(counters_->at(milk, 10 * kOneDay + 1).count, 1u);
  EXPECT_EQ(counters_->at(milk, 12 * kOneDay).count, 1u);
  EXPECT_EQ(counters_->at(milk, 12 * kOneDay + 1).count, 3u);
  EXPECT_EQ(counters_->at(milk, 12 * kOneDay).last, 10 * kOneDay);
  EXPECT_EQ(counters_->total(12 * kOneDay), 1u);
  EXPECT_EQ(counters_->total(13 * kOneDay), 4u);
}

TEST_F(ItemCountersTest, WindowsEndAtNow) {
  const ItemId milk = log_.item("milk");
  const ItemMoment moment = counters_->at(milk, 13 * kOneDay);
  EXPECT_EQ(counters_->count_since(milk, moment, 10 * kOneDay), 3u);
  EXPECT_EQ(counters_->count_since(milk, moment, 10 * kOneDay + 1), 2u);
  EXPECT_EQ(counters_->count_since(milk, moment, 12 * kOneDay + 1), 0u);
}

TEST_F(ItemCountersTest, DecayedSumIsTheSumOfEveryEventsDecay) {
  const ItemId milk = log_.item("milk");
  const ItemMoment moment = counters_->at(milk, 13 * kOneDay);
  EXPECT_NEAR(counters_->decayed(milk, moment, 0, 13 * kOneDay),
              std::exp(-3 / 2.0) + 2 * std::exp(-1 / 2.0), 1e-6);
  EXPECT_NEAR(counters_->decayed(milk, moment, 1, 13 * kOneDay),
              std::exp(-3 / 7.0) + 2 * std::exp(-1 / 7.0), 1e-6);
  const ItemMoment none = counters_->at(milk, 0);
  EXPECT_EQ(counters_->decayed(milk, none, 0, 0), 0);
}

// What came live counts as if it had been in the log: at any moment, for any item.
TEST_F(ItemCountersTest, LiveEventsGoOnWhereTheLogEnds) {
  const std::vector<uint32_t> first = {1, 1, 1};  // events of ann, bob and cat: up to day 12
  const auto begun = ItemCounters::build(log_.data, first, {2, 7});
  ASSERT_EQ(begun->counted_until(), 12 * kOneDay);
  LiveItemEvents live(*begun->counted_until());
  const ItemId milk = log_.item("milk"), beer = log_.item("beer");
  live.add(beer, 30 * kOneDay);
  live.add(milk, 40 * kOneDay);
  live.add(beer, 20 * kOneDay);  // late
  live.add(milk, 12 * kOneDay);  // is in the counters
  EXPECT_EQ(live.size(), 3U);

  TestDataset whole_log({{"ann", "milk", 10 * kOneDay},
                         {"bob", "milk", 12 * kOneDay},
                         {"cat", "milk", 12 * kOneDay},
                         {"cat", "beer", 20 * kOneDay},
                         {"bob", "beer", 30 * kOneDay},
                         {"bob", "milk", 40 * kOneDay}});
  const auto expected = ItemCounters::build(whole_log.data, whole(whole_log.data), {2, 7});
  for (int64_t day = 9; day < 50; ++day) {
    const int64_t now = day * kOneDay + 1;
    EXPECT_EQ(begun->total(now, &live), expected->total(now)) << day;
    for (const char* name : {"milk", "beer"}) {
      const ItemId item = log_.item(name), same = whole_log.item(name);
      const ItemMoment moment = begun->at(item, now, &live), other = expected->at(same, now);
      EXPECT_EQ(moment.count, other.count) << name << day;
      EXPECT_EQ(moment.last, other.last) << name << day;
      for (int64_t from = 9; from < day; ++from) {
        EXPECT_EQ(begun->count_since(item, moment, from * kOneDay),
                  expected->count_since(same, other, from * kOneDay));
      }
      for (size_t tau = 0; tau < 2; ++tau) {
        EXPECT_NEAR(begun->decayed(item, moment, tau, now),
                    expected->decayed(same, other, tau, now), 1e-6);
      }
    }
  }
}

TEST_F(ItemCountersTest, ItemsOutsideTheCatalogueHaveNoEvents) {
  for (const ItemId item : {kNoItem, ItemId{2}}) {
    const ItemMoment moment = counters_->at(item, 100 * kOneDay);
    EXPECT_EQ(moment.count, 0u);
    EXPECT_EQ(counters_->count_since(item, moment, 0), 0u);
    EXPECT_EQ(counters_->decayed(item, moment, 0, 100 * kOneDay), 0);
  }
}

TEST_F(ItemCountersTest, LeavesOutWhatMayNotBeCounted) {
  // Users in the order of the log: ann, bob, cat.
  const auto some = ItemCounters::build(log_.data, std::vector<uint32_t>{2, 1, 0});
  EXPECT_EQ(some->at(log_.item("milk"), 100 * kOneDay).count, 2u);
  EXPECT_EQ(some->at(log_.item("beer"), 100 * kOneDay).count, 1u);
  EXPECT_EQ(some->total(100 * kOneDay), 3u);
}

TEST_F(ItemCountersTest, SavedAndLoadedCountsTheSame) {
  const TempDir directory;
  counters_->save(directory.path());
  const auto loaded = ItemCounters::load(directory.path());
  EXPECT_EQ(loaded->decay_days(), counters_->decay_days());
  for (int64_t now = 9 * kOneDay; now < 33 * kOneDay; now += kOneDay / 2) {
    EXPECT_EQ(loaded->total(now), counters_->total(now));
    for (const ItemId item : {log_.item("milk"), log_.item("beer")}) {
      const ItemMoment moment = loaded->at(item, now);
      EXPECT_EQ(moment.count, counters_->at(item, now).count);
      EXPECT_EQ(loaded->decayed(item, moment, 1, now), counters_->decayed(item, moment, 1, now));
    }
  }
}

TEST_F(ItemCountersTest, DamagedFilesAreNamed) {
  const TempDir directory;
  counters_->save(directory.path());
  write_npy(directory / "counter_times.npy", std::vector<int64_t>{5, 4, 3, 2, 1});
  EXPECT_THROW(ItemCounters::load(directory.path()), Error);
  write_npy(directory / "counter_times.npy", std::vector<int64_t>{1});
  EXPECT_THROW(ItemCounters::load(directory.path()), Error);
}

TEST(ItemCountersOfAnOrder, EveryMomentSeesAllThatMayBeCounted) {
  const TestDataset log({{"ann", "milk", 1}, {"ann", "milk", 2}, {"bob", "beer", 1}},
                        {.time_kind = TimeKind::kOrder});
  const auto counters = ItemCounters::build(log.data, std::vector<uint32_t>{1, 1});
  const ItemMoment moment = counters->at(log.item("milk"), 0);
  EXPECT_EQ(moment.count, 1u);
  EXPECT_EQ(counters->total(0), 2u);
  EXPECT_TRUE(counters->decay_days().empty());
}

}  // namespace
}  // namespace kaskad
