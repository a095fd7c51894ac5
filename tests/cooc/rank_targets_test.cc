#include "kaskad/cooc/rank_targets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Scores of all items for one case, in plain loops.
std::vector<double> plain_scores(const Square& m, const HistoryWeighting& h, const Questions& asked,
                                 size_t c) {
  const EvalCase& one = asked.cases[c];
  const History history = asked.dataset->history(one.user).first(one.history_end);
  std::vector<WeightedItem> weighed;
  weigh_history(h, history.items, history.times, weighed);
  std::vector<double> scores(m.size(), 0.0);
  for (const WeightedItem& event : weighed) {
    for (size_t j = 0; j < m.size(); ++j) {
      const double x = event.weight * m[event.item][j];
      if (h.combine == Combine::kSum) scores[j] += x;
      if (h.combine == Combine::kProduct) scores[j] += std::log1p(x);
      if (h.combine == Combine::kMax) scores[j] = std::max(scores[j], x);
    }
  }
  return scores;
}

struct RankRange {
  double low, high;  // equal where scores are compared exactly
};

// Rank among the items that were not seen. Rounding may order scores closer than `slack` either
// way; without slack, ties stand in the middle.
RankRange plain_rank(const std::vector<double>& scores, const Questions& asked, size_t c,
                     uint32_t target, double slack) {
  const auto begin = asked.seen.begin() + static_cast<ptrdiff_t>(asked.seen_begin[c]);
  const auto end = asked.seen.begin() + static_cast<ptrdiff_t>(asked.seen_begin[c + 1]);
  const double own = scores[target];
  double above = 0, near = 0;
  for (uint32_t j = 0; j < scores.size(); ++j) {
    if (j == target || std::binary_search(begin, end, j)) continue;
    if (std::fabs(scores[j] - own) <= slack * own) {
      ++near;
    } else {
      above += scores[j] > own;
    }
  }
  if (slack == 0) return {above + 1 + near / 2, above + 1 + near / 2};
  return {above + 1, above + 1 + near};
}

// 70 items: three tiles, the last of which is not full.
class RankTargetsTest : public testing::TestWithParam<Combine> {
 protected:
  RankTargetsTest()
      : log_(random_rows(150, 14, 70, 5)),
        split_(make_split(log_.data, SplitOptions::parse("leave-last-n:2"))),
        questions_(Questions::build(log_.data, split_.test)) {
    const Sequences sequences =
        Sequences::build(log_.data, split_.test.fit_end, split_.test.horizon);
    const PairWeighting bag{.reverse = 1};  // whole counts: many ties
    const PairCounts counts = count_pairs(sequences, std::span(&bag, 1), {});
    matrix_ = build_item_matrix(counts, 0, {.kind = NormKind::kRaw}, {}, 1);
    for (const uint32_t last : {0u, 1u, 3u}) {
      for (const double decay : {1.0, 0.5}) {
        lanes_.push_back({.position = PositionDecay::kGeometric,
                          .decay = decay,
                          .last = last,
                          .combine = GetParam()});
      }
    }
  }

  TestDataset log_;
  Split split_;
  Questions questions_;
  ItemMatrix matrix_;
  std::vector<HistoryWeighting> lanes_;
};

TEST_P(RankTargetsTest, DenseEqualsSparseEqualsPlain) {
  const auto histories = WeighedHistories::build(questions_, lanes_);
  TileMatrix tiles(70);
  for (uint32_t i = 0; i < 70; ++i) {
    tiles.set_row(i, matrix_.view().row_columns(i), matrix_.view().row_values(i));
  }
  const TargetRanks sparse = rank_targets(matrix_.view(), questions_, histories, 1);
  const TargetRanks dense_ranks = rank_targets(tiles, questions_, histories, 1);
  EXPECT_EQ(rank_targets(matrix_.view(), questions_, histories, 2), sparse);
  EXPECT_EQ(rank_targets(tiles, questions_, histories, 2), dense_ranks);
  // Halved whole numbers add up without rounding; logarithms do not.
  const double slack = GetParam() == Combine::kProduct ? 1e-5 : 0;
  const Square m = dense(matrix_.view());
  ASSERT_GT(questions_.num_targets(), 100u);
  for (size_t h = 0; h < lanes_.size(); ++h) {
    SCOPED_TRACE(lanes_[h].name());
    for (size_t c = 0; c < questions_.size(); ++c) {
      const std::vector<double> scores = plain_scores(m, lanes_[h], questions_, c);
      for (uint64_t t = questions_.target_begin[c]; t < questions_.target_begin[c + 1]; ++t) {
        const RankRange rank = plain_rank(scores, questions_, c, questions_.targets[t], slack);
        for (const TargetRanks* found : {&sparse, &dense_ranks}) {
          EXPECT_GE((*found)[h][t], rank.low) << "case " << c;
          EXPECT_LE((*found)[h][t], rank.high) << "case " << c;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Combines, RankTargetsTest,
                         testing::Values(Combine::kSum, Combine::kProduct, Combine::kMax));

TEST(RankTargets, ByHandWithTiesAndSeenItems) {
  // u saw a, then takes c. Row a: a 9 (seen, so no rival), b 2, c 1, d 1, e 0: one above, tied
  // with d: rank 1 + (2 + 1) / 2 = 2.5.
  const TestDataset log(
      {{"u", "a", 0}, {"u", "c", 1}, {"x", "b", 0}, {"x", "d", 1}, {"x", "e", 2}});
  Phase phase;
  phase.cases = {{log.user("u"), 1, 2}};
  const Questions asked = Questions::build(log.data, phase);
  const uint32_t a = 0, b = 2, c = 1, d = 3;  // in order of first appearance
  ItemMatrixBuilder builder(5);
  builder.add(a, std::vector<uint32_t>{a, b, c, d}, std::vector<float>{9, 2, 1, 1});
  const ItemMatrix matrix = builder.finish();
  const std::vector<HistoryWeighting> lanes(1);
  const auto histories = WeighedHistories::build(asked, lanes);
  EXPECT_EQ(rank_targets(matrix.view(), asked, histories, 1), (TargetRanks{{2.5f}}));
}

TEST(RankTargets, ScoresThatAreNoNumbersStandLast) {
  // u saw a, then takes c. Row a: b 2, c not a number or infinite, d 1.
  const TestDataset log({{"u", "a", 0}, {"u", "c", 1}, {"x", "b", 0}, {"x", "d", 1}});
  Phase phase;
  phase.cases = {{log.user("u"), 1, 2}};
  const Questions asked = Questions::build(log.data, phase);
  const std::vector<HistoryWeighting> lanes(1);
  const auto histories = WeighedHistories::build(asked, lanes);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<uint32_t> columns = {1, 2, 3};
    const std::vector<float> values = {bad, 2, 1};
    ItemMatrixBuilder builder(4);
    builder.add(0, columns, values);
    const ItemMatrix sparse = builder.finish();
    TileMatrix tiles(4);
    tiles.set_row(0, columns, values);
    // Of four items one was seen.
    EXPECT_GE(rank_targets(sparse.view(), asked, histories, 1)[0][0], 3);
    EXPECT_GE(rank_targets(tiles, asked, histories, 1)[0][0], 3);
  }
}

TEST(Questions, LeaveOutSeenAndRepeatedTargets) {
  // History a b; then c, a (seen), c (again), d.
  const TestDataset log(
      {{"u", "a", 0}, {"u", "b", 1}, {"u", "c", 2}, {"u", "a", 3}, {"u", "c", 4}, {"u", "d", 5}});
  Phase phase;
  phase.cases = {{log.user("u"), 2, 6}, {log.user("u"), 3, 4}};
  const Questions asked = Questions::build(log.data, phase);
  EXPECT_EQ(asked.targets, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(asked.target_begin, (std::vector<uint64_t>{0, 2, 2}));  // the second asks nothing
  EXPECT_EQ(asked.seen, (std::vector<uint32_t>{0, 1, 0, 1, 2}));
  EXPECT_EQ(Questions::build(log.data, phase, 1).size(), 1u);
}

}  // namespace
}  // namespace kaskad
