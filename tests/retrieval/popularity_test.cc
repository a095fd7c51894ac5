#include "kaskad/retrieval/popularity.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/dataset/make_dataset.h"
#include "tests/retrieval/all_of.h"

namespace kaskad {
namespace {

constexpr int64_t kHour = 3'600'000;

// a: 3 events, the last on day 0; b: 2, both on day 9; c: 1 on day 10.
const std::vector<TestRow> kRows = {{"u", "a", 0},           {"v", "a", 1},
                                    {"w", "a", 2},           {"u", "b", 216 * kHour},
                                    {"v", "b", 217 * kHour}, {"u", "c", 240 * kHour}};

std::vector<ScoredItem> ask(const Retriever& model, const Query& query, size_t k) {
  std::vector<ScoredItem> row(k);
  model.retrieve(std::span(&query, 1), k, row);
  return row;
}

TEST(Popularity, CountsLearnedEventsAlone) {
  const TestDataset log(kRows);
  Phase phase = all_of(log.data, 240 * kHour);
  phase.fit_end[index(log.user("u"))] = 2;  // u's c is not learned
  const auto model = PopularityRetriever::fit(log.data, phase);
  EXPECT_EQ(ask(*model, {}, 2), (std::vector<ScoredItem>{{log.item("a"), 3}, {log.item("b"), 2}}));
  std::vector<float> scores(3);
  model->score_all({}, scores);
  EXPECT_EQ(scores, (std::vector<float>{3, 2, 0}));
}

TEST(PopularityWindow, CountsTheLastDaysAndFillsUpByAllTime) {
  const TestDataset log(kRows);
  const auto model = PopularityRetriever::fit(log.data, all_of(log.data, 240 * kHour),
                                              {.window_days = 2, .window_share = 0});
  EXPECT_EQ(model->kind(), "popularity_window");
  EXPECT_EQ(ask(*model, {}, 3),
            (std::vector<ScoredItem>{{log.item("b"), 2}, {log.item("c"), 1}, {log.item("a"), 0}}));
}

TEST(PopularityWindow, ShareIsOfEachHistoryRoundedUp) {
  // u: a b c -> ceil(.5 * 3) = 2: b c; v: a b -> 1: b; w: a -> ceil(.5) = 1: a
  const TestDataset log(kRows, {.time_kind = TimeKind::kOrder});
  const auto model = PopularityRetriever::fit(log.data, all_of(log.data, 0),
                                              {.window_days = 0, .window_share = 0.5});
  std::vector<float> scores(3);
  model->score_all({}, scores);
  EXPECT_EQ(scores, (std::vector<float>{1, 2, 1}));
}

TEST(PopularityWindow, DaysNeedAClock) {
  const TestDataset log(kRows, {.time_kind = TimeKind::kOrder});
  EXPECT_THROW(PopularityRetriever::fit(log.data, all_of(log.data, 0), {.window_days = 7}), Error);
}

PopularityOptions parsed(const std::string& text, TimeKind time = TimeKind::kClock,
                         SplitKind split = SplitKind::kGlobalTime) {
  return PopularityOptions::parse(text, time, split);
}

TEST(PopularityOptions, TheWindowIsOfDaysWhereAllAreAskedAtOneTime) {
  const std::string window = "popularity-window", share = "popularity-window:0.1";
  EXPECT_EQ(parsed(window).to_string(), "popularity-window:7d");
  EXPECT_EQ(parsed(window, TimeKind::kClock, SplitKind::kLeaveLastN).to_string(), share);
  EXPECT_EQ(parsed(window, TimeKind::kClock, SplitKind::kUserHoldout).to_string(), share);
  EXPECT_EQ(parsed(window, TimeKind::kOrder).to_string(), share);
  EXPECT_EQ(parsed("popularity-window:3d", TimeKind::kClock, SplitKind::kLeaveLastN).to_string(),
            "popularity-window:3d");  // as asked
}

TEST(PopularityOptions, ReadWhatTheyWrite) {
  for (const char* text : {"popularity", "popularity-window:7d", "popularity-window:0.25"}) {
    EXPECT_EQ(parsed(text).to_string(), text);
  }
  for (const char* bad : {"pop", "popularity-window:", "popularity-window:2",
                          "popularity-window:xd", "popularity-windows"}) {
    EXPECT_THROW(parsed(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace kaskad
