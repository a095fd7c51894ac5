#include "kaskad/ranking/features.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/dataset/make_dataset.h"
#include "tests/ranking/feature_table.h"

namespace kaskad {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

// Items a, b, c: genres {x}, {x, y}, none; prices 10, 30, unknown; a vector of two numbers.
DatasetContents item_facts() {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical.push_back({"genre", {"x", "y"}, {0, 1, 3, 3}, {0, 0, 1}});
  contents.item_features.categorical.push_back({"brand", {"p", "q"}, {0, 1, 2, 3}, {1, 0, 1}});
  contents.item_features.dense.push_back({"price", 1, {10, 30, std::nanf("")}});
  contents.item_features.dense.push_back({"vector", 2, {1, 0, 0, 2, 3, 0}});
  contents.user_features.categorical.push_back({"town", {"here", "there"}, {0, 1, 1}, {1}});
  return contents;
}

class FeaturesTest : public testing::Test {
 protected:
  FeaturesTest()
      : log_({{"ann", "a", 0},
              {"ann", "b", 2 * kDayMs},
              {"bob", "a", 3 * kDayMs},
              {"bob", "c", 9 * kDayMs}},
             item_facts()),
        counters_(ItemCounters::build(log_.data, whole_histories(log_.data))),
        features_({}, log_.data, counters_) {}

  // Ann after both her events, at 09:00 of the fourth day after 1970-01-01, a Monday.
  RankRequest request(std::initializer_list<ItemId> candidates) {
    items_ = candidates;
    RankRequest request;
    request.user = log_.user("ann");
    request.history = log_.data.history(request.user);
    request.now = 4 * kDayMs + 9 * kHourMs;
    request.candidates = items_;
    return request;
  }
  auto table(std::initializer_list<ItemId> candidates) {
    return feature_table(features_, request(candidates));
  }

  TestDataset log_;
  std::shared_ptr<const ItemCounters> counters_;
  RankingFeatures features_;
  std::vector<ItemId> items_;
  const ItemId a_ = log_.item("a"), b_ = log_.item("b"), c_ = log_.item("c");
};

TEST_F(FeaturesTest, CountersAreThoseOfTheRequest) {
  auto t = table({a_, b_, c_});
  EXPECT_EQ(t["popularity"], (std::vector<float>{2, 1, 0}));  // c is taken on day 9
  EXPECT_FLOAT_EQ(t["popularity_per_million"][0], 2e6f / 3);
  EXPECT_EQ(t["popularity_7d"], (std::vector<float>{2, 1, 0}));
  EXPECT_EQ(t["popularity_1d"], (std::vector<float>{0, 0, 0}));
  EXPECT_FLOAT_EQ(t["hours_since_item_event"][0], 24 + 9);
  EXPECT_FLOAT_EQ(t["hours_since_item_event"][1], 2 * 24 + 9);
  EXPECT_TRUE(std::isnan(t["hours_since_item_event"][2]));
  const double a = std::exp(-(4 + 9 / 24.0) / 7) + std::exp(-(1 + 9 / 24.0) / 7);
  EXPECT_NEAR(t["popularity_decayed_7d"][0], a, 1e-5);
}

TEST_F(FeaturesTest, HistoryAndClock) {
  auto t = table({a_, b_, c_});
  EXPECT_EQ(t["history_length"][0], 2);
  EXPECT_EQ(t["seen_count"], (std::vector<float>{1, 1, 0}));
  EXPECT_EQ(t["seen_events_ago"][0], 1);
  EXPECT_EQ(t["seen_events_ago"][1], 0);
  EXPECT_TRUE(std::isnan(t["seen_events_ago"][2]));
  EXPECT_FLOAT_EQ(t["seen_hours_ago"][0], 4 * 24 + 9);
  EXPECT_FLOAT_EQ(t["hours_since_last_event"][2], 2 * 24 + 9);
  EXPECT_EQ(t["hour_of_day"][0], 9);
  EXPECT_EQ(t["weekday"][0], 0);
}

TEST_F(FeaturesTest, CategoriesAndTheirShareOfTheHistory) {
  auto t = table({a_, b_, c_});
  // Genres of the history: x twice, y once, in two events.
  EXPECT_EQ(t["item_genre_history_share"][0], 1);
  EXPECT_EQ(t["item_genre_history_share"][1], (2 + 1) / (2 * 2.0f));
  EXPECT_TRUE(std::isnan(t["item_genre_history_share"][2]));
  EXPECT_EQ(t["item_genre=y"], (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(t["item_brand"], (std::vector<float>{1, 0, 1}));  // single-valued: the code
  EXPECT_EQ(t["user_town"], (std::vector<float>{1, 1, 1}));
}

TEST_F(FeaturesTest, NumbersAndVectorsBesideTheHistory) {
  auto t = table({a_, b_, c_});
  EXPECT_EQ(t["item_price"][1], 30);
  EXPECT_EQ(t["item_price_above_history"][0], 10 - (10 + 30) / 2.0f);
  EXPECT_TRUE(std::isnan(t["item_price_above_history"][2]));
  // Directions of the history: (1, 0) and (0, 1); c is (3, 0).
  EXPECT_FLOAT_EQ(t["item_vector_history_cosine"][2], 1 / std::sqrt(2.0f));
}

TEST_F(FeaturesTest, RetrievalBesideTheBestOfTheList) {
  RankRequest one = request({a_, b_, c_});
  const std::vector<float> scores = {2, 8, 4};
  const std::vector<uint32_t> ranks = {3, 1, 0};
  one.scores = scores;
  one.ranks = ranks;
  auto t = feature_table(features_, one);
  EXPECT_EQ(t["retrieval_score"], scores);
  EXPECT_EQ(t["retrieval_share"], (std::vector<float>{0.25f, 1, 0.5f}));
  EXPECT_EQ(t["retrieval_below_best"], (std::vector<float>{6, 0, 4}));
  EXPECT_EQ(t["retrieval_rank"][0], 3);
  EXPECT_TRUE(std::isnan(t["retrieval_rank"][2]));
}

TEST_F(FeaturesTest, ContextBesideTheList) {
  const RankingFeatures features({}, log_.data, counters_, {"price"});
  RankRequest one = request({a_, b_, c_});
  const std::vector<float> prices = {40, 20, std::nanf("")};
  one.context = prices;
  auto t = feature_table(features, one);
  EXPECT_EQ(t["shown_price_over_least"][0], 2);
  EXPECT_EQ(t["shown_price_place"][0], 0.5f);
  EXPECT_EQ(t["shown_price_place"][1], 0);
  EXPECT_TRUE(std::isnan(t["shown_price_place"][2]));
}

TEST_F(FeaturesTest, GroupsCanBeLeftOut) {
  const FeatureOptions bare{.counters = false, .history = false, .items = false, .users = false};
  const RankingFeatures features(bare, log_.data, nullptr);
  for (const FeatureColumn& column : features.columns()) {
    EXPECT_TRUE(column.name.starts_with("retrieval_")) << column.name;
  }
}

TEST_F(FeaturesTest, ATitleIsNoCategory) {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  std::vector<TestRow> rows;
  CategoricalColumn title{"title", {}, {0}, {}};
  for (uint32_t item = 0; item < 100; ++item) {
    rows.push_back({"ann", std::to_string(item), item});
    title.names.push_back("title " + std::to_string(item));
    title.codes.push_back(item);
    title.offsets.push_back(item + 1);
  }
  contents.item_features.categorical.push_back(title);
  const TestDataset log(rows, contents);
  const RankingFeatures features({.counters = false}, log.data, nullptr);
  for (const FeatureColumn& column : features.columns()) {
    EXPECT_EQ(column.name.find("title"), std::string::npos) << column.name;
  }
}

TEST_F(FeaturesTest, NoTwoFeaturesHaveOneName) {
  const auto make = [&] { return RankingFeatures({}, log_.data, counters_, {"price", "price"}); };
  EXPECT_THROW(make(), Error);
}

TEST_F(FeaturesTest, SavedAndLoadedComputesTheSame) {
  const TempDir directory;
  const RankingFeatures features({}, log_.data, counters_, {"price"});
  features.save(directory.path());
  const RankingFeatures loaded = RankingFeatures::load(directory.path());
  EXPECT_EQ(loaded.columns(), features.columns());
  EXPECT_EQ(loaded.context_names(), features.context_names());
  const RankRequest one = request({a_, kNoItem, b_, c_});
  std::vector<float> before(4 * features.columns().size()), after(before.size());
  features.compute(one, before);
  loaded.compute(one, after);
  for (size_t i = 0; i < before.size(); ++i) {
    if (std::isnan(before[i])) {
      EXPECT_TRUE(std::isnan(after[i])) << i;
    } else {
      EXPECT_EQ(after[i], before[i]) << i;
    }
  }
}

// A log built to leak: all of "hit"'s popularity comes at and after the request.
TEST(FeaturesOfALeakyLog, WhatBecomesPopularLaterIsUnknownNow) {
  const int64_t now = 10 * kDayMs;
  std::vector<TestRow> rows = {{"ann", "old", 1 * kDayMs}, {"bob", "old", 2 * kDayMs}};
  for (int fan = 0; fan < 50; ++fan) {
    rows.push_back(
        {"fan" + std::to_string(fan), "hit", now + fan * kHourMs});  // the first at `now`
  }
  rows.push_back({"ann", "hit", now});
  const TestDataset log(rows);
  const auto counters = ItemCounters::build(log.data, whole_histories(log.data));
  const RankingFeatures features({}, log.data, counters);
  const std::vector<ItemId> items = {log.item("hit"), log.item("old")};
  RankRequest request;
  request.user = log.user("ann");
  request.history = log.data.history(request.user).first(1);
  request.now = now;
  request.candidates = items;
  auto t = feature_table(features, request);
  for (const char* name :
       {"popularity", "popularity_per_million", "popularity_1h", "popularity_1d", "popularity_7d",
        "popularity_30d", "popularity_decayed_7d", "seen_count"}) {
    EXPECT_EQ(t[name][0], 0) << name;
  }
  EXPECT_TRUE(std::isnan(t["hours_since_item_event"][0]));
  EXPECT_EQ(t["popularity"][1], 2);
  request.now = now + 1;
  EXPECT_EQ(feature_table(features, request)["popularity"][0], 2);
}

// Features on the whole log equal those on a log that ends just before the request.
TEST(FeaturesOfALeakyLog, TheFutureChangesNothing) {
  std::mt19937 random(3);
  std::vector<TestRow> rows;
  const auto name = [](const char* kind, uint32_t i) { return kind + std::to_string(i); };
  for (uint32_t i = 0; i < 12; ++i) rows.push_back({name("u", i % 6), name("i", i), 0});
  for (int e = 0; e < 300; ++e) {
    rows.push_back({name("u", random() % 6), name("i", random() % 12),
                    static_cast<int64_t>(1 + random() % 60) * 6 * kHourMs});
  }
  DatasetContents contents{.time_kind = TimeKind::kClock};
  CategoricalColumn colour{"colour", {"red", "blue", "green"}, {0}, {}};
  for (uint32_t i = 0; i < 12; ++i) {
    colour.codes.push_back(i % 3);
    colour.offsets.push_back(i + 1);
  }
  contents.item_features.categorical.push_back(colour);
  const TestDataset whole(rows, contents);
  const RankingFeatures of_whole({}, whole.data,
                                 ItemCounters::build(whole.data, whole_histories(whole.data)));
  for (int turn = 0; turn < 20; ++turn) {
    const int64_t now = static_cast<int64_t>(1 + random() % 60) * 6 * kHourMs;
    std::vector<TestRow> before;
    for (const TestRow& row : rows) {
      if (row.time < now) before.push_back(row);
    }
    const TestDataset past(before, contents);
    const RankingFeatures of_past({}, past.data,
                                  ItemCounters::build(past.data, whole_histories(past.data)));
    const UserId user{static_cast<uint32_t>(random() % 6)};
    const History all = whole.data.history(user);
    size_t known = 0;
    while (known < all.size() && all.times[known] < now) ++known;
    std::vector<ItemId> items;
    for (uint32_t i = 0; i < 12; ++i) items.push_back(ItemId{i});
    RankRequest request{.user = user, .history = all.first(known), .now = now, .candidates = items};
    std::vector<float> a(12 * of_whole.columns().size()), b(a.size());
    of_whole.compute(request, a);
    request.history = past.data.history(user);
    of_past.compute(request, b);
    for (size_t i = 0; i < a.size(); ++i) {
      if (std::isnan(a[i]) && std::isnan(b[i])) continue;
      EXPECT_EQ(a[i], b[i]) << of_whole.columns()[i % of_whole.columns().size()].name;
    }
  }
}

}  // namespace
}  // namespace kaskad
