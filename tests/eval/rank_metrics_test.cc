#include "kaskad/eval/rank_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using std::log2;

using Ranks = std::vector<double>;

std::vector<double> tied_ranks(size_t better, size_t tied, size_t targets, TieRule rule) {
  std::vector<double> ranks;
  append_tied_ranks(better, tied, targets, rule, ranks);
  return ranks;
}

TEST(RankMetrics, OneTargetOnRankThree) {
  const Ranks ranks{3};
  EXPECT_EQ(hit_rate_at(ranks, 1, 5), 1);
  EXPECT_EQ(hit_rate_at(ranks, 1, 2), 0);
  EXPECT_EQ(recall_at(ranks, 1, 5), 1);
  EXPECT_DOUBLE_EQ(precision_at(ranks, 1, 5), 1.0 / 5);
  EXPECT_DOUBLE_EQ(mrr_at(ranks, 1, 5), 1.0 / 3);
  EXPECT_DOUBLE_EQ(ndcg_at(ranks, 1, 5), (1 / log2(4)) / (1 / log2(2)));
  EXPECT_DOUBLE_EQ(map_at(ranks, 1, 5), 1.0 / 3);
  EXPECT_EQ(ndcg_at(ranks, 1, 2), 0);
  EXPECT_EQ(mrr_at(ranks, 1, 2), 0);
}

TEST(RankMetrics, ThreeTargetsOneBeyondTheList) {
  // found on 1 and 4 of a list of 5; the third target is not ranked at all
  const Ranks ranks{1, 4};
  EXPECT_DOUBLE_EQ(recall_at(ranks, 3, 5), 2.0 / 3);
  EXPECT_DOUBLE_EQ(precision_at(ranks, 3, 5), 2.0 / 5);
  EXPECT_DOUBLE_EQ(mrr_at(ranks, 3, 5), 1);
  const double gain = 1 / log2(2) + 1 / log2(5);
  EXPECT_DOUBLE_EQ(ndcg_at(ranks, 3, 5), gain / (1 / log2(2) + 1 / log2(3) + 1 / log2(4)));
  EXPECT_DOUBLE_EQ(ndcg_full_ideal_at(ranks, 3, 5),
                   gain / (1 / log2(2) + 1 / log2(3) + 1 / log2(4) + 1 / log2(5) + 1 / log2(6)));
  EXPECT_DOUBLE_EQ(map_at(ranks, 3, 5), (1.0 / 1 + 2.0 / 4) / 3);
}

TEST(RankMetrics, MoreTargetsThanPlaces) {
  // k = 2, R = 4: the ideal list has two hits; RecTools' MAP divides by all four
  const Ranks ranks{1, 2, 3};
  EXPECT_DOUBLE_EQ(ndcg_at(ranks, 4, 2), 1);
  EXPECT_DOUBLE_EQ(map_at(ranks, 4, 2), (1.0 / 1 + 2.0 / 2) / 2);
  EXPECT_DOUBLE_EQ(map_all_relevant_at(ranks, 4, 2), (1.0 / 1 + 2.0 / 2) / 4);
  EXPECT_DOUBLE_EQ(recall_at(ranks, 4, 2), 2.0 / 4);
}

TEST(RankMetrics, NothingFoundIsZero) {
  for (auto metric : {hit_rate_at, recall_at, precision_at, mrr_at, ndcg_at, ndcg_full_ideal_at,
                      map_at, map_all_relevant_at}) {
    EXPECT_EQ(metric({}, 2, 10), 0);
    EXPECT_EQ(metric({}, 0, 10), 0);
  }
}

TEST(TiedRanks, OneTargetGetsTheMiddleOrTheEnd) {
  // 2 items are better, 5 share the score: places 3..7
  EXPECT_EQ(tied_ranks(2, 5, 1, TieRule::kMiddle), (Ranks{5.0}));
  EXPECT_EQ(tied_ranks(2, 4, 1, TieRule::kMiddle), (Ranks{4.5}));  // places 3..6
  EXPECT_EQ(tied_ranks(2, 5, 1, TieRule::kAgainst), (Ranks{7.0}));
  EXPECT_EQ(tied_ranks(2, 1, 1, TieRule::kMiddle), (Ranks{3.0}));
}

TEST(TiedRanks, SeveralTargetsSpreadEvenly) {
  // places 1..5, two of them targets: 6/3 = 2 and 12/3 = 4
  EXPECT_EQ(tied_ranks(0, 5, 2, TieRule::kMiddle), (Ranks{2, 4}));
  EXPECT_EQ(tied_ranks(0, 5, 2, TieRule::kAgainst), (Ranks{4.0, 5.0}));
  // only targets share the score: nobody stands between them
  EXPECT_EQ(tied_ranks(3, 2, 2, TieRule::kMiddle), (Ranks{4, 5}));
}

TEST(TieRule, ReadsItsNames) {
  EXPECT_EQ(parse_tie_rule("against"), TieRule::kAgainst);
  EXPECT_THROW(parse_tie_rule("best"), Error);
}

}  // namespace
}  // namespace kaskad
