#include "kaskad/ranking/label_window.h"

#include <gtest/gtest.h>

#include <set>

#include "kaskad/core/error.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

constexpr int64_t kOneHour = 3'600'000;

// Eight users of twenty events, one an hour; user u begins at hour u. Every fifth event shares its
// time with the one before.
TestDataset series(TimeKind kind = TimeKind::kClock) {
  std::vector<TestRow> rows;
  for (int user = 0; user < 8; ++user) {
    for (int e = 0; e < 20; ++e) {
      const int at = e % 5 == 4 ? e - 1 : e;
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string((user + e) % 30),
                      kind == TimeKind::kClock ? (user + at) * kOneHour : e});
    }
  }
  return TestDataset(rows, {.time_kind = kind});
}

TEST(LabelWindow, RequestsLieBetweenTheCutAndWhatValidationMayLearn) {
  const TestDataset log = series();
  for (const char* text : {"leave-one-out", "global-time:0.2", "user-holdout:0.2"}) {
    SCOPED_TRACE(text);
    const Split split = make_split(log.data, SplitOptions::parse(text));
    const Phase train = label_window(log.data, split, {.share = 0.3, .lists_per_user = 4});
    ASSERT_FALSE(train.cases.empty());
    std::set<std::pair<UserId, uint32_t>> different;
    for (const EvalCase& one : train.cases) {
      EXPECT_GE(one.history_end, train.fit_end[index(one.user)]);
      EXPECT_LT(one.history_end, one.target_end);
      EXPECT_LE(one.target_end, split.validations[0].fit_end[index(one.user)]);
      EXPECT_TRUE(different.insert({one.user, one.history_end}).second);
    }
  }
}

TEST(LabelWindow, CutsAPartOfEachHistoryWhereTheSplitDoes) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const Phase train = label_window(log.data, split, {.share = 0.25, .lists_per_user = 100});
  // 18 events may be learned for validation; ceil(18 / 4) = 5 of them are asked, one by one.
  EXPECT_EQ(train.fit_end[3], 13u);
  EXPECT_EQ(train.cases.size(), 8u * 5u);
  EXPECT_EQ(train.cases[0].target_end, train.cases[0].history_end + 1);
}

TEST(LabelWindow, AtOneTimeNothingOfTheRequestsMomentIsHistory) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("global-time:0.2"));
  const Phase train = label_window(log.data, split, {.share = 0.5, .lists_per_user = 100});
  for (const EvalCase& one : train.cases) {
    const auto times = log.data.history(one.user).times;
    const int64_t now = times[one.history_end];
    EXPECT_LT(times[one.history_end - 1], now);
    EXPECT_GE(now, train.horizon);
    EXPECT_EQ(one.target_end, split.validations[0].fit_end[index(one.user)]);
  }
  // As the split asks: the first event from some time on, of users with a history before it.
  const Phase once =
      label_window(log.data, split, {.at = RequestsAt::kTimes, .share = 0.5, .lists_per_user = 1});
  for (const EvalCase& one : once.cases) {
    EXPECT_EQ(one.history_end, once.fit_end[index(one.user)]);
    EXPECT_GT(one.history_end, 0u);
  }
  EXPECT_GT(train.cases.size(), once.cases.size());
  for (uint32_t user = 0; user < 8; ++user) {  // what the retriever learns lies before all of them
    const auto times = log.data.history(UserId{user}).times;
    if (train.fit_end[user] == 0) continue;
    EXPECT_LT(times[train.fit_end[user] - 1], train.horizon);
  }
}

TEST(LabelWindow, HorizonLimitsTheAnswer) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const Phase train =
      label_window(log.data, split, {.share = 0.5, .lists_per_user = 2, .horizon = 3});
  size_t full = 0;
  for (const EvalCase& one : train.cases) {
    EXPECT_LE(one.target_end - one.history_end, 3u);
    full += one.target_end - one.history_end == 3;
  }
  EXPECT_GT(full, 0u);
}

TEST(LabelWindow, SameSeedSameRequests) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const auto positions = [&](uint64_t seed) {
    std::vector<uint32_t> list;
    for (const EvalCase& one :
         label_window(log.data, split, {.share = 0.6, .lists_per_user = 3, .seed = seed}).cases) {
      list.push_back(one.history_end);
    }
    return list;
  };
  EXPECT_EQ(positions(4), positions(4));
  EXPECT_NE(positions(4), positions(5));
}

TEST(LabelWindow, ARetrieverThatLearnedAllLeavesNothingToAsk) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const std::vector<uint32_t> some(8, 15), all(8, 18);
  for (const EvalCase& one : label_window(log.data, split, {}, some).cases) {
    EXPECT_GE(one.history_end, 15u);
  }
  EXPECT_THROW(label_window(log.data, split, {}, all), Error);
  EXPECT_THROW(label_window(log.data, split, {.share = 1}), Error);
  EXPECT_THROW(label_window(log.data, split, {.at = RequestsAt::kTimes}), Error);
}

TEST(KnownEnd, WithoutAClockTheCutKeepsTheLabelsOut) {
  const TestDataset log = series(TimeKind::kOrder);
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const Phase train = label_window(log.data, split, {});
  EXPECT_EQ(known_end(log.data, split, train, CounterView::kLearned), train.fit_end);
  EXPECT_EQ(known_end(log.data, split, split.test, CounterView::kLearned), split.test.fit_end);
  EXPECT_THROW(known_end(log.data, split, train, CounterView::kLive), Error);
}

TEST(KnownEnd, WithAClockTheMomentDoes) {
  const TestDataset log = series();
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  const Phase train = label_window(log.data, split, {});
  EXPECT_EQ(known_end(log.data, split, train, CounterView::kLearned), split.validations[0].fit_end);
  EXPECT_EQ(known_end(log.data, split, split.test, CounterView::kLive),
            std::vector<uint32_t>(8, 20));
}

}  // namespace
}  // namespace kaskad
