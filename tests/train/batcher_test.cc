#include "kaskad/train/batcher.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "kaskad/dataset/split.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/history_batch.h"
#include "kaskad/train/masking.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {
namespace {

using TokenRows = std::vector<std::vector<int64_t>>;

TokenRows rows_of(const torch::Tensor& tensor) {
  TokenRows rows;
  for (int64_t row = 0; row < tensor.size(0); ++row) {
    const int64_t* values = tensor.data_ptr<int64_t>() + row * tensor.size(1);
    rows.emplace_back(values, values + tensor.size(1));
  }
  return rows;
}

// All rows of an epoch as a set, which does not depend on the order.
std::multiset<std::vector<int64_t>> all_rows(const Batcher& batcher, int64_t epoch, bool targets) {
  std::multiset<std::vector<int64_t>> rows;
  const EpochPlan plan = batcher.plan(epoch);
  for (size_t b = 0; b < plan.num_batches(); ++b) {
    const SequenceBatch batch = batcher.make(plan, b);
    for (auto& row : rows_of(targets ? batch.targets : batch.tokens)) rows.insert(row);
  }
  return rows;
}

// Items a b c d e are 0 to 4, so their tokens are 1 to 5, and the special token is 6.
constexpr int64_t kB = 6;
const std::vector<TestRow> kLog = {{"ann", "a", 0},     {"ann", "b", 1000}, {"ann", "c", 3000},
                                   {"ann", "d", 3000},  {"ann", "e", 4000}, {"bob", "c", 0},
                                   {"bob", "a", 60000}, {"cid", "e", 5}};

class SmallLog : public testing::Test {
 protected:
  TestDataset log_{kLog};
  Recipe recipe_ = [] {
    Recipe recipe;
    recipe.max_history = 3;
    recipe.batch = 8;
    return recipe;
  }();
};

TEST_F(SmallLog, CausalRowsAreShiftedAndBeginWithTheSpecialToken) {
  const std::vector<uint32_t> fit_end = {3, 2, 1};
  const Batcher batcher(log_.data, fit_end, recipe_);
  using Set = std::multiset<std::vector<int64_t>>;
  // ann learns a b c, bob c a, cid e; padding on the left.
  EXPECT_EQ(all_rows(batcher, 0, false), (Set{{kB, 1, 2}, {0, kB, 3}, {0, 0, kB}}));
  EXPECT_EQ(all_rows(batcher, 0, true), (Set{{0, 1, 2}, {-1, 2, 0}, {-1, -1, 4}}));
}

TEST_F(SmallLog, OverLongHistoriesGiveTheirNewestTargets) {
  const std::vector<uint32_t> fit_end = {5, 0, 0};
  const Batcher batcher(log_.data, fit_end, recipe_);
  const EpochPlan plan = batcher.plan(0);
  const SequenceBatch batch = batcher.make(plan, 0);
  // The newest 3 of the 5 events a b c d e are told, each from the one before it.
  EXPECT_EQ(rows_of(batch.tokens), (TokenRows{{2, 3, 4}}));
  EXPECT_EQ(rows_of(batch.targets), (TokenRows{{2, 3, 4}}));
}

TEST_F(SmallLog, WindowsTellEveryEventOnce) {
  recipe_.windows = 0;
  const std::vector<uint32_t> fit_end = {5, 0, 0};
  const Batcher batcher(log_.data, fit_end, recipe_);
  EXPECT_EQ(all_rows(batcher, 0, false),
            (std::multiset<std::vector<int64_t>>{{2, 3, 4}, {0, kB, 1}}));
  EXPECT_EQ(all_rows(batcher, 0, true),
            (std::multiset<std::vector<int64_t>>{{2, 3, 4}, {-1, 0, 1}}));
  EXPECT_EQ(batcher.target_counts(), (std::vector<uint64_t>{1, 1, 1, 1, 1}));
}

TEST_F(SmallLog, GapsAreThoseOfTheSeenEvents) {
  recipe_.time_features = true;
  recipe_.max_history = 4;
  const std::vector<uint32_t> fit_end = {4, 0, 0};
  const Batcher batcher(log_.data, fit_end, recipe_);
  const SequenceBatch batch = batcher.make(batcher.plan(0), 0);
  // Seen: B, a at 0 s, b at 1 s, c at 3 s.
  EXPECT_EQ(rows_of(batch.tokens), (TokenRows{{kB, 1, 2, 3}}));
  EXPECT_EQ(rows_of(batch.gaps), (TokenRows{{0, 0, gap_bucket(1000), gap_bucket(2000)}}));
}

TEST_F(SmallLog, TimeGapsNeedAClock) {
  recipe_.time_features = true;
  const TestDataset orders(kLog, {.time_kind = TimeKind::kOrder});
  const std::vector<uint32_t> fit_end = {4, 0, 0};
  EXPECT_THROW(Batcher(orders.data, fit_end, recipe_), Error);
}

TEST_F(SmallLog, NothingToLearnIsAnError) {
  const std::vector<uint32_t> fit_end = {0, 0, 0};
  EXPECT_THROW(Batcher(log_.data, fit_end, recipe_), Error);
}

TEST_F(SmallLog, MaskedRowsHideWhatTheyTell) {
  recipe_ = Recipe::defaults(ModelKind::kBert4rec);
  recipe_.mask_share = 0.4;
  recipe_.last_masked_share = 0;
  const std::vector<uint32_t> fit_end = {5, 2, 1};
  const Batcher batcher(log_.data, fit_end, recipe_);
  const EpochPlan plan = batcher.plan(0);
  const SequenceBatch batch = batcher.make(plan, 0);
  const TokenRows tokens = rows_of(batch.tokens), targets = rows_of(batch.targets);
  ASSERT_EQ(tokens.size(), 3u);
  for (size_t row = 0; row < 3; ++row) {
    const bool ann = tokens[row][0] != kPadding, bob = !ann && tokens[row][3] != kPadding;
    const std::vector<int64_t> whole = ann   ? std::vector<int64_t>{1, 2, 3, 4, 5}
                                       : bob ? std::vector<int64_t>{0, 0, 0, 3, 1}
                                             : std::vector<int64_t>{0, 0, 0, 0, 5};
    size_t masked = 0;
    for (size_t place = 0; place < 5; ++place) {
      const bool hidden = tokens[row][place] == kB;
      masked += hidden;
      EXPECT_EQ(targets[row][place], hidden ? whole[place] - 1 : kNoTarget);
      if (!hidden) {
        EXPECT_EQ(tokens[row][place], whole[place]);
      }
    }
    // round(.4 * 5) = 2, round(.4 * 2) = 1, at least 1 of 1.
    EXPECT_EQ(masked, ann ? 2u : 1u);
  }
}

TEST_F(SmallLog, CopiesWithTheLastPlaceMaskedAreAdded) {
  recipe_ = Recipe::defaults(ModelKind::kBert4rec);
  recipe_.last_masked_share = 1;
  const std::vector<uint32_t> fit_end = {5, 0, 0};
  const Batcher batcher(log_.data, fit_end, recipe_);
  const auto tokens = all_rows(batcher, 0, false);
  EXPECT_EQ(tokens.size(), 2u);  // one masked at random, which may be the last place too
  EXPECT_GE(tokens.count({1, 2, 3, 4, kB}), 1u);
}

// Events behind fit_end hold items of their own: none of them may be seen or told.
TEST(Batcher, NothingBehindTheSplitIsLearned) {
  std::vector<TestRow> rows;
  for (int user = 0; user < 40; ++user) {
    const std::string name = "u" + std::to_string(user);
    const int events = 3 + user % 9;
    for (int event = 0; event < events; ++event) {
      const bool secret = event >= events - 2;  // validation and test of leave-one-out
      rows.push_back(
          {name, (secret ? "secret" : "open") + std::to_string((user + event) % 7), event});
    }
  }
  const TestDataset log(rows);
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  for (const ModelKind model : {ModelKind::kSasrec, ModelKind::kBert4rec}) {
    Recipe recipe = Recipe::defaults(model);
    recipe.windows = 0;
    recipe.max_history = 4;
    const Batcher batcher(log.data, split.validations[0].fit_end, recipe);
    for (int64_t epoch = 0; epoch < 3; ++epoch) {
      for (const bool targets : {false, true}) {
        for (const auto& row : all_rows(batcher, epoch, targets)) {
          for (const int64_t value : row) {
            const int64_t item = targets ? value : value - 1;
            if (item < 0 || item >= static_cast<int64_t>(log.data.num_items())) continue;
            const auto name = log.data.items().name(static_cast<size_t>(item));
            EXPECT_EQ(name.substr(0, 4), "open");
          }
        }
      }
    }
  }
}

class ManyUsers : public testing::Test {
 protected:
  ManyUsers() : log_(rows()), fit_end_(log_.data.num_users()) {
    for (size_t user = 0; user < fit_end_.size(); ++user) {
      fit_end_[user] =
          static_cast<uint32_t>(log_.data.offsets()[user + 1] - log_.data.offsets()[user]);
    }
    recipe_.batch = 16;
  }
  // User u has 1 + u % 50 events.
  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (int user = 0; user < 200; ++user) {
      for (int event = 0; event <= user % 50; ++event) {
        rows.push_back({"u" + std::to_string(user), "i" + std::to_string(event % 5), event});
      }
    }
    return rows;
  }
  size_t padding(const Batcher& batcher) {
    size_t count = 0;
    const EpochPlan plan = batcher.plan(0);
    for (size_t b = 0; b < plan.num_batches(); ++b) {
      count +=
          static_cast<size_t>((batcher.make(plan, b).tokens == kPadding).sum().item<int64_t>());
    }
    return count;
  }

  TestDataset log_;
  std::vector<uint32_t> fit_end_;
  Recipe recipe_;
};

TEST_F(ManyUsers, OrderIsAFunctionOfSeedAndEpoch) {
  const Batcher batcher(log_.data, fit_end_, recipe_);
  const auto first_batch = [&](const Batcher& one, int64_t epoch) {
    return rows_of(one.make(one.plan(epoch), 0).tokens);
  };
  EXPECT_EQ(first_batch(batcher, 0), first_batch(batcher, 0));
  EXPECT_NE(first_batch(batcher, 0), first_batch(batcher, 1));
  EXPECT_EQ(first_batch(batcher, 1), first_batch(Batcher(log_.data, fit_end_, recipe_), 1));
  recipe_.seed = 2;
  EXPECT_NE(first_batch(batcher, 0), first_batch(Batcher(log_.data, fit_end_, recipe_), 0));
}

TEST_F(ManyUsers, LengthBucketsHoldTheSameRowsWithLessPadding) {
  const Batcher mixed(log_.data, fit_end_, recipe_);
  recipe_.length_buckets = true;
  const Batcher sorted(log_.data, fit_end_, recipe_);
  size_t users = 0;
  const EpochPlan plan = sorted.plan(0);
  std::set<uint32_t> seen;
  for (const EpochPlan::Row& row : plan.rows) seen.insert(row.sequence);
  for (const auto& [first, last] : plan.batches) users += last - first;
  EXPECT_EQ(users, 200u);
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_LT(padding(sorted) * 5, padding(mixed));
}

TEST_F(ManyUsers, ShardsPartTheBatch) {
  const Batcher batcher(log_.data, fit_end_, recipe_);
  const EpochPlan plan = batcher.plan(3);
  const auto sizes = [&](size_t b, int rank) {
    return batcher.make(plan, b, {rank, 3}).tokens.size(0);
  };
  EXPECT_EQ(sizes(0, 0) + sizes(0, 1) + sizes(0, 2), 16);
  const SequenceBatch whole = batcher.make(plan, 0), part = batcher.make(plan, 0, {1, 3});
  const int64_t width = part.tokens.size(1);
  EXPECT_TRUE(torch::equal(part.tokens[0], whole.tokens[1].slice(0, whole.tokens.size(1) - width)));
}

TEST(Masking, EveryPlaceIsAsLikely) {
  std::vector<int> hits(5, 0);
  std::vector<size_t> places;
  for (uint64_t draw = 0; draw < 5000; ++draw) {
    choose_masked(5, 0.4, Random{draw}, places);
    ASSERT_EQ(places.size(), 2u);
    ASSERT_LT(places[0], places[1]);
    for (const size_t place : places) ++hits[place];
  }
  // 5000 draws of 2 of 5: 2000 +- 35 (one standard deviation) each.
  for (const int count : hits) EXPECT_NEAR(count, 2000, 175);
}

TEST_F(SmallLog, AskedHistoriesAreTheNewestEvents) {
  const std::vector<Query> queries = {{.history = log_.data.history(UserId{0})},
                                      {.history = log_.data.history(UserId{1})},
                                      {.history = log_.data.history(UserId{1}).first(0)}};
  EXPECT_EQ(rows_of(history_batch(queries, recipe_, {}, 5).tokens),
            (TokenRows{{3, 4, 5}, {kB, 3, 1}, {0, 0, kB}}));
  Recipe masked = Recipe::defaults(ModelKind::kBert4rec);
  masked.max_history = 3;
  EXPECT_EQ(rows_of(history_batch(queries, masked, {}, 5).tokens),
            (TokenRows{{3, 4, 5}, {0, 3, 1}, {0, 0, 0}}));
  EXPECT_EQ(rows_of(history_batch(std::span(queries).last(1), masked, {}, 5).tokens),
            (TokenRows{{0}}));
}

// ann is old and likes tea and milk; nothing is known of bob; cid is young.
DatasetContents with_users() {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.user_features.categorical.push_back({"age", {"old", "young"}, {0, 1, 1, 2}, {0, 1}});
  contents.user_features.categorical.push_back({"drinks", {"tea", "milk"}, {0, 2, 2, 2}, {1, 0}});
  contents.user_features.dense.push_back({"height", 1, {180, NAN, 150}});
  return contents;
}

TEST_F(SmallLog, UsersComeWithTheirFeatures) {
  const TestDataset log(kLog, with_users());
  recipe_.model = ModelKind::kTwoTower;
  recipe_.user_features = true;
  const std::vector<uint32_t> fit_end = {3, 2, 1};
  const Batcher batcher(log.data, fit_end, recipe_);
  const SequenceBatch batch = batcher.make(batcher.plan(0), 0);
  ASSERT_EQ(batch.user_codes.sizes(), (std::vector<int64_t>{3, 3}));
  const TokenRows tokens = rows_of(batch.tokens), codes = rows_of(batch.user_codes);
  for (size_t row = 0; row < 3; ++row) {
    const float height = batch.user_numbers[static_cast<int64_t>(row)][0].item<float>();
    if (tokens[row] == std::vector<int64_t>{kB, 1, 2}) {
      EXPECT_EQ(codes[row], (std::vector<int64_t>{1, 4, 3}));  // old, milk, tea
      EXPECT_EQ(height, 180);
    } else if (tokens[row] == std::vector<int64_t>{0, kB, 3}) {
      EXPECT_EQ(codes[row], (std::vector<int64_t>{0, 0, 0}));
      EXPECT_TRUE(std::isnan(height));
    } else {
      EXPECT_EQ(codes[row], (std::vector<int64_t>{2, 0, 0}));
      EXPECT_EQ(height, 150);
    }
  }
}

TEST_F(SmallLog, AskedUsersAreWrittenAsThoseWhoAreLearned) {
  const TestDataset log(kLog, with_users());
  recipe_.user_features = recipe_.clock_features = true;
  const FeatureSchema schema = FeatureSchema::of(log.data.user_features());
  const Query query{.history = log.data.history(UserId{0}).first(1),
                    .user_features = log.data.features(UserId{0}),
                    .now = 5 * 3'600'000};
  const SequenceBatch batch = history_batch({&query, 1}, recipe_, schema, 5);
  EXPECT_EQ(rows_of(batch.user_codes), (TokenRows{{1, 4, 3}}));
  EXPECT_EQ(batch.user_numbers[0][0].item<float>(), 180);
  // The time of the question stands at the newest place: 05:00 on a Thursday.
  EXPECT_EQ(rows_of(batch.clock.select(1, -1)), (TokenRows{{6, 28}}));
}

TEST(Clock, EveryPlaceIsAskedAtTheTimeOfItsTarget) {
  constexpr int64_t kHour = 3'600'000;
  const TestDataset log({{"ann", "a", 0}, {"ann", "b", 2 * kHour}, {"ann", "c", 25 * kHour}});
  Recipe recipe;
  recipe.model = ModelKind::kTwoTower;
  recipe.clock_features = true;
  recipe.max_history = 2;
  const std::vector<uint32_t> fit_end = {3};
  const Batcher batcher(log.data, fit_end, recipe);
  const SequenceBatch batch = batcher.make(batcher.plan(0), 0);
  EXPECT_EQ(rows_of(batch.targets), (TokenRows{{1, 2}}));
  EXPECT_EQ(rows_of(batch.clock[0]),
            (TokenRows{{3, 28}, {2, 29}}));  // 02:00 Thursday, 01:00 Friday
}

TEST(Clock, NeedsADatasetThatHasOne) {
  const TestDataset log({{"ann", "a", 0}, {"ann", "b", 1}}, {.time_kind = TimeKind::kOrder});
  Recipe recipe;
  recipe.model = ModelKind::kTwoTower;
  recipe.clock_features = true;
  const std::vector<uint32_t> fit_end = {2};
  try {
    const Batcher batcher(log.data, fit_end, recipe);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("key 'clock_features': found true"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace kaskad::train
