#include "kaskad/dataset/describe.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

constexpr int64_t kSecond = 1000, kOneDay = 86400 * kSecond;

// 956703932 s: the first rating of MovieLens 1M.
constexpr int64_t kStart = 956703932 * kSecond;

TEST(IsoTime, IsUtc) {
  EXPECT_EQ(iso_time(kStart), "2000-04-25T23:05:32Z");
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_time(-1), "1969-12-31T23:59:59Z");
}

TEST(Describe, CountsRepeatsTiesAndDensity) {
  // a: x x y (x twice, first two at the same time), b: y
  const TestDataset log({{"a", "x", 5}, {"a", "x", 5}, {"a", "y", 9}, {"b", "y", 1}});
  const Description d = describe(log.data);
  EXPECT_EQ(d.rows, 4u);
  EXPECT_EQ(d.repeats, 1u);
  EXPECT_EQ(d.pairs, 2u);  // 3 - 1 of a, none of b
  EXPECT_EQ(d.ties, 1u);
  EXPECT_DOUBLE_EQ(d.density, 3.0 / 4);  // ax ay by of 2 * 2
}

TEST(Describe, HistoryLengths) {
  std::vector<TestRow> rows;
  for (int user = 1; user <= 5; ++user) {  // lengths 1 2 3 4 5
    for (int i = 0; i < user; ++i) rows.push_back({std::to_string(user), "x", i});
  }
  const Distribution lengths = describe(TestDataset(rows).data).history_length;
  EXPECT_EQ(lengths.min, 1u);
  EXPECT_EQ(lengths.max, 5u);
  EXPECT_DOUBLE_EQ(lengths.mean, 3);
  EXPECT_EQ(lengths.quantiles[3], 2u);  // p25: rank ceil(.25 * 5) = 2
  EXPECT_EQ(lengths.quantiles[4], 3u);  // p50: rank 3
  EXPECT_EQ(lengths.quantiles[8], 5u);  // p99: rank 5
  ASSERT_EQ(lengths.histogram.size(), 3u);
  EXPECT_EQ(lengths.histogram[1].from, 2u);  // 2, 3
  EXPECT_EQ(lengths.histogram[1].to, 3u);
  EXPECT_EQ(lengths.histogram[1].count, 2u);
  EXPECT_EQ(lengths.histogram[2].count, 2u);  // 4, 5
}

TEST(Describe, PopularityFromTheTop) {
  // x has 6 of 8 events, y and z 1 each: ascending 1 1 6,
  // gini = ((2*1-4)*1 + (2*2-4)*1 + (2*3-4)*6) / (3 * 8) = (-2 + 0 + 12) / 24
  std::vector<TestRow> rows(6, {"a", "x", 0});
  rows.push_back({"a", "y", 1});
  rows.push_back({"a", "z", 1});
  const Popularity popularity = describe(TestDataset(rows).data).popularity;
  EXPECT_DOUBLE_EQ(popularity.gini, 10.0 / 24);
  ASSERT_EQ(popularity.head.size(), 3u);
  EXPECT_EQ(popularity.head[0].items, 1u);  // at least one item
  EXPECT_DOUBLE_EQ(popularity.head[0].share_of_rows, 6.0 / 8);
  EXPECT_EQ(popularity.head[2].items, 2u);  // round(1.5)
  EXPECT_DOUBLE_EQ(popularity.head[2].share_of_rows, 7.0 / 8);
  EXPECT_EQ(popularity.curve.front().share_of_rows, 0);
  EXPECT_EQ(popularity.curve.back().share_of_rows, 1);
}

TEST(Describe, EventsPerDayIncludeEmptyDays) {
  const TestDataset log({{"a", "x", kStart}, {"a", "y", kStart + kOneDay * 2}, {"b", "x", kStart}});
  const Description d = describe(log.data);
  EXPECT_EQ(d.period_unit, "day");
  ASSERT_EQ(d.periods.size(), 3u);
  EXPECT_EQ(d.periods[0].name, "2000-04-25");
  EXPECT_EQ(d.periods[0].rows, 2u);
  EXPECT_EQ(d.periods[1].rows, 0u);
  EXPECT_EQ(d.periods[2].rows, 1u);
}

TEST(Describe, LongLogsAreCountedByMonth) {
  const Description d =
      describe(TestDataset({{"a", "x", kStart}, {"a", "y", kStart + 200 * kOneDay}}).data);
  EXPECT_EQ(d.period_unit, "month");
  ASSERT_EQ(d.periods.size(), 8u);  // April to November
  EXPECT_EQ(d.periods.back().name, "2000-11");
}

TEST(Describe, GapsBetweenEventsOfAUser) {
  const Description d = describe(TestDataset({{"a", "p", 0},
                                              {"a", "q", 0},
                                              {"a", "r", 999},
                                              {"a", "s", 999 + kSecond},
                                              {"a", "t", 999 + kSecond + 800 * kOneDay},
                                              {"b", "p", 5}})
                                     .data);
  std::vector<uint64_t> pairs;
  for (const Description::Gap& gap : d.gaps) pairs.push_back(gap.pairs);
  EXPECT_EQ(pairs, (std::vector<uint64_t>{1, 1, 1, 0, 0, 0, 0, 0, 1}));
}

TEST(Describe, WithoutAClockThereIsNoCalendar) {
  const TestDataset log({{"a", "x", 0}, {"a", "y", 1}}, {.time_kind = TimeKind::kOrder});
  const nlohmann::json json = to_json(describe(log.data));
  EXPECT_EQ(json["time"], (nlohmann::json{{"kind", "order"}}));
  EXPECT_TRUE(json["activity"]["periods"].empty());
  EXPECT_TRUE(json["gaps"].empty());
}

TEST(Describe, ActionsWeightsAndFeatures) {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical = {{"genre", {"g"}, {0, 1, 1}, {0}}};
  contents.item_features.dense = {{"price", 1, {1, NAN}}};
  const TestDataset log({{"a", "x", 0, 2, "click"}, {"a", "y", 1, 4.1f, "buy"}}, contents);
  const nlohmann::json json = to_json(describe(log.data));
  EXPECT_EQ(json["actions"][1], (nlohmann::json{{"name", "buy"}, {"rows", 1}}));
  EXPECT_EQ(json["weights"]["values"][1], (nlohmann::json{{"value", 4.1}, {"rows", 1}}));
  EXPECT_EQ(json["item_features"][0]["known"], 0.5);
  EXPECT_EQ(json["item_features"][1]["known"], 0.5);
}

TEST(Describe, EmptyDataset) { EXPECT_EQ(to_json(describe(TestDataset({}).data))["rows"], 0); }

}  // namespace
}  // namespace kaskad
