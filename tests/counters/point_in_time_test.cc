#include "kaskad/counters/point_in_time.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/counters/plain_counters.h"

namespace kaskad {
namespace {

// Features by the number of the list in the log.
std::vector<std::vector<float>> replayed(const SearchLog& log, const std::vector<size_t>& cuts,
                                         const CounterSpec& spec, int threads = 1) {
  std::vector<Impressions> parts;
  size_t begin = 0;
  for (const size_t cut : cuts) {
    parts.push_back(log.write("part" + std::to_string(parts.size()), begin, cut));
    begin = cut;
  }
  std::vector<const Impressions*> pointers;
  for (const Impressions& part : parts) pointers.push_back(&part);
  std::vector<std::vector<float>> all(log.lists.size());
  replay_counters(ListOrder(pointers), log.data.data, spec, threads, [&](const ListFeatures& one) {
    const size_t number = one.list + (one.part == 0 ? 0 : cuts[one.part - 1]);
    all[number].assign(one.values.begin(), one.values.end());
  });
  return all;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, size_t list) {
  ASSERT_EQ(found.size(), expected.size()) << "list " << list;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i], 1e-5) << "list " << list << ", value " << i;
  }
}

TEST(PointInTime, OneQueryByHand) {
  SearchLogOptions options;
  options.lists = 3;
  options.items = 4;
  SearchLog log(options);
  // Day 0: items 1 and 2 are shown for query 0 and 2 is clicked. At the same moment the same query
  // shows 2 again, which is not counted yet. Eight days later 1 and 2 are shown.
  for (auto& list : log.lists) {
    list.query = QueryId{0};
    list.user = kNoUser;
    list.items = {ItemId{1}, ItemId{2}};
    list.labels = {0, 0, 1, 0};
    list.zeros = {0, 0};
    list.ranks = {1, 2};
    list.time = options.first_time;
  }
  log.lists[2].time += 8 * 24 * kLogHour;
  CounterSpec spec;
  spec.windows_days = {7, 0};
  spec.prior_events = 1;
  spec.prior_total = 10;
  const auto values = replayed(log, {3}, spec);
  const std::vector<std::string> names = counter_feature_names(spec, {"click", "buy"});
  ASSERT_EQ(names.size(), 6u + 4u + 6u);
  EXPECT_EQ(names[0], "share_query:item_shown_7d");
  EXPECT_EQ(names[3], "share_query:item_click_all");
  EXPECT_EQ(names[7], "rate_query:item_click_all");
  EXPECT_EQ(names[10], "missing_query:item_shown_7d");
  for (size_t list = 0; list < 2; ++list) {
    EXPECT_FLOAT_EQ(values[list][3], 1.0F / 10);  // nothing came before
    EXPECT_EQ(values[list][10], 1);
  }
  // Item 2 after two lists of two impressions with one click each.
  const float* item2 = values[2].data() + names.size();
  EXPECT_FLOAT_EQ(item2[0], 1.0F / 10);              // the window of 7 days is empty
  EXPECT_FLOAT_EQ(item2[1], (2.0F + 1) / (4 + 10));  // shown
  EXPECT_FLOAT_EQ(item2[3], (2.0F + 1) / (2 + 10));  // clicks
  EXPECT_FLOAT_EQ(item2[5], 1.0F / 10);              // never bought
  EXPECT_FLOAT_EQ(item2[7], (2.0F + 1) / (2 + 10));  // clicks by impressions of the item
  EXPECT_EQ(item2[10], 1);                           // shown in 7 days: missing
  EXPECT_EQ(item2[11], 0);
  EXPECT_EQ(item2[15], 1);  // purchases of all time
}

TEST(PointInTime, EqualsThePlainReference) {
  for (const uint64_t seed : {1u, 2u}) {
    SearchLogOptions options;
    options.seed = seed;
    const SearchLog log(options);
    const CounterSpec spec = rich_spec();
    const PlainCounters plain(log, spec);
    const auto values = replayed(log, {90, 120, 160}, spec);
    for (size_t l = 0; l < log.lists.size(); ++l) {
      const ImpressionList list = log.lists[l].view();
      expect_near(values[l], plain.features(list, list.time, l), l);
    }
  }
}

// Decayed counts are kept in relation to a moment that moves: 4000 days are many of tau = 0.5.
TEST(PointInTime, DecaysHoldOverLongTimes) {
  SearchLogOptions options;
  options.lists = 60;
  options.step = 40 * 24 * kLogHour;
  const SearchLog log(options);
  CounterSpec spec;
  spec.segments = {{"query", "item"}, {"item"}};
  spec.decay_days = {0.5, 30};
  const PlainCounters plain(log, spec);
  const auto values = replayed(log, {60}, spec);
  for (size_t l = 0; l < log.lists.size(); ++l) {
    const ImpressionList list = log.lists[l].view();
    expect_near(values[l], plain.features(list, list.time, l), l);
  }
}

TEST(PointInTime, DoesNotDependOnThreadsOrParts) {
  const SearchLog log;
  const auto one = replayed(log, {160}, rich_spec(), 1);
  EXPECT_EQ(replayed(log, {160}, rich_spec(), 4), one);
  EXPECT_EQ(replayed(log, {50, 100, 160}, rich_spec(), 2), one);
}

TEST(PointInTime, WithoutAClockOnlyAllTimeIsCounted) {
  SearchLogOptions options;
  options.time_kind = TimeKind::kOrder;
  options.first_time = 0;
  options.step = 2;
  const SearchLog log(options);
  CounterSpec spec = rich_spec();
  EXPECT_THROW(replayed(log, {160}, spec), Error);
  spec.windows_days = {0};
  spec.decay_days = {};
  const PlainCounters plain(log, spec);
  const auto values = replayed(log, {160}, spec);
  for (size_t l = 0; l < log.lists.size(); ++l) {
    const ImpressionList list = log.lists[l].view();
    expect_near(values[l], plain.features(list, list.time, l), l);
  }
}

TEST(PointInTime, FieldsAreNamedInErrors) {
  const SearchLog log;
  const auto error = [&](std::vector<std::string> segment) -> std::string {
    CounterSpec spec;
    spec.segments = {std::move(segment)};
    try {
      replayed(log, {160}, spec);
    } catch (const Error& fault) {
      return fault.what();
    }
    return "";
  };
  EXPECT_NE(error({"query", "town", "item"}).find("user_country"), std::string::npos);
  EXPECT_NE(error({"query", "country"}).find("found 0 fields of items"), std::string::npos);
  EXPECT_NE(error({"item", "category"}).find("found 2 fields of items"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
