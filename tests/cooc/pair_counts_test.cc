#include "kaskad/cooc/pair_counts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/kernels/pair_accumulator.h"
#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// All pairs of all histories, as the formula at the head of weighting.h says.
Square naive(const Sequences& s, const PairWeighting& w) {
  Square m(s.num_items, std::vector<double>(s.num_items, 0.0));
  for (size_t u = 0; u < s.num_users(); ++u) {
    const uint64_t begin = s.user_begin[u], end = s.user_begin[u + 1];
    for (uint64_t a = begin; a < end; ++a) {
      for (uint64_t b = a + 1; b < end; ++b) {
        if (s.item[a] == s.item[b]) continue;
        double weight =
            w.gap_weight(static_cast<uint32_t>(b - a)) * w.user_weight(end - begin, s.num_items);
        if (w.time_window > 0 && s.day[b] - s.day[a] > w.time_window) continue;
        if (w.gap_tau > 0) weight *= std::exp(-(s.day[b] - s.day[a]) / w.gap_tau);
        if (w.age_tau > 0) weight *= std::exp(s.day[b] / w.age_tau);
        if (w.event_weight) weight *= double{s.weight[a]} * s.weight[b];
        m[s.item[a]][s.item[b]] += weight;
        m[s.item[b]][s.item[a]] += weight * w.reverse;
      }
    }
  }
  return m;
}

void expect_near(const Square& a, const Square& b, double relative) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < a.size(); ++j) {
      EXPECT_NEAR(a[i][j], b[i][j], relative * std::fabs(b[i][j]) + 1e-7) << i << " to " << j;
    }
  }
}

// Sixteen, every knob turned at least once.
std::vector<PairWeighting> weightings() {
  return {{},
          {.reverse = 1},
          {.reverse = 0.3, .window = 3},
          {.window = 1},
          {.window = 1000},
          {.gap = GapDecay::kInverse, .event_weight = true},
          {.gap = GapDecay::kInverseRoot},
          {.gap = GapDecay::kExponential, .gap_scale = 2},
          {.reverse = 1, .window = 6, .gap = GapDecay::kAround, .gap_scale = 1.5, .gap_centre = 3},
          {.time_window = 2.02},  // days; the log's times are whole hours
          {.gap_tau = 3},
          {.reverse = 0.5, .age_tau = 10},
          {.user = UserWeight::kInverse},
          {.user = UserWeight::kInverseLog},
          {.user = UserWeight::kIdf},
          {.reverse = 0.2,
           .window = 5,
           .gap = GapDecay::kInverse,
           .time_window = 5.01,
           .gap_tau = 2,
           .age_tau = 30,
           .user = UserWeight::kInverse,
           .event_weight = true}};
}

const TestDataset& log() {
  static const TestDataset log(random_rows(60, 12, 70, 1));  // two blocks of rows
  return log;
}

TEST(CountPairs, ByHand) {
  // u: a b a c. Forward from a: b (gap 1), c (gaps 3 and 1), never itself; from b: a, c.
  const TestDataset tiny({{"u", "a", 0}, {"u", "b", 1}, {"u", "a", 2}, {"u", "c", 3}});
  const std::vector<PairWeighting> lanes = {{.gap = GapDecay::kInverse}, {.reverse = 1}};
  const PairCounts counts = count_pairs(all_sequences(tiny.data), lanes, {});
  const double third = static_cast<float>(1.0 / 3);
  EXPECT_NEAR(dense(counts, 0)[0][2], 1 + third, 1e-6);
  EXPECT_EQ(dense(counts, 0)[0][1], 1);
  EXPECT_EQ(dense(counts, 0)[1][0], 1);
  EXPECT_EQ(dense(counts, 0)[1][2], 0.5);
  EXPECT_EQ(dense(counts, 0)[2][0], 0);
  EXPECT_EQ(dense(counts, 1), (Square{{0, 2, 2}, {2, 0, 1}, {2, 1, 0}}));
  EXPECT_EQ(counts.occurrences[1], (std::vector<float>{2, 1, 1}));
  EXPECT_EQ(counts.blocks[0].row_sum[0 * 2 + 1], 4);  // row a, lane 1
}

TEST(CountPairs, SixteenAtOnceEqualTheNaiveLoops) {
  const Sequences sequences = all_sequences(log().data);
  const auto lanes = weightings();
  ASSERT_EQ(lanes.size(), kLanes);
  const PairCounts counts = count_pairs(sequences, lanes, {});
  for (size_t l = 0; l < lanes.size(); ++l) {
    SCOPED_TRACE(lanes[l].name());
    const Square expected = naive(sequences, lanes[l]);
    expect_near(dense(counts, l), expected, 1e-4);
    for (size_t i = 0; i < counts.num_items; ++i) {
      double sum = 0;
      for (const double x : expected[i]) sum += x;
      const float row_sum = counts.blocks[i / 64].row_sum[i % 64 * kLanes + l];
      EXPECT_NEAR(row_sum, sum, 1e-4 * sum + 1e-6);
    }
  }
}

TEST(CountPairs, OneAtATimeEqualSixteenAtOnce) {
  const Sequences sequences = all_sequences(log().data);
  const auto lanes = weightings();
  const PairCounts all = count_pairs(sequences, lanes, {});
  for (size_t l = 0; l < lanes.size(); ++l) {
    SCOPED_TRACE(lanes[l].name());
    const PairCounts one = count_pairs(sequences, std::span(&lanes[l], 1), {});
    expect_near(dense(all, l), dense(one, 0), 1e-6);
    EXPECT_EQ(all.occurrences[l], one.occurrences[0]);
  }
}

TEST(CountPairs, DoesNotDependOnThreads) {
  const Sequences sequences = all_sequences(log().data);
  const auto lanes = weightings();
  const PairCounts one = count_pairs(sequences, lanes, {.threads = 1});
  const PairCounts two = count_pairs(sequences, lanes, {.threads = 2});
  ASSERT_EQ(one.blocks.size(), two.blocks.size());
  for (size_t b = 0; b < one.blocks.size(); ++b) {
    EXPECT_EQ(one.blocks[b].columns, two.blocks[b].columns);
    EXPECT_EQ(one.blocks[b].values, two.blocks[b].values);
    EXPECT_EQ(one.blocks[b].row_sum, two.blocks[b].row_sum);
  }
  EXPECT_EQ(one.occurrences, two.occurrences);
}

TEST(CountPairs, WeighsOccurrencesLikeThePairs) {
  // b on days -3 and 0 of users with 2 events: 1/2 (exp(-3/6) + exp(0)).
  const TestDataset tiny(
      {{"u", "a", 0}, {"u", "b", 0}, {"v", "a", 2 * kDay}, {"v", "b", 3 * kDay}});
  const PairWeighting w{.age_tau = 6, .user = UserWeight::kInverse};
  const PairCounts counts = count_pairs(all_sequences(tiny.data), std::span(&w, 1), {});
  EXPECT_NEAR(counts.occurrences[0][1], (std::exp(-0.5) + 1) / 2, 1e-6);
}

TEST(CountPairs, WeighsPairsAndOccurrencesByTheirEvents) {
  // a buys (4), b is seen (1) and c is disliked, which counts as 0.
  const TestDataset tiny({{"u", "a", 0, 4}, {"u", "b", 1, 1}, {"u", "c", 2, -3}, {"v", "b", 3, 2}});
  const std::vector<PairWeighting> lanes = {{.reverse = 1, .event_weight = true}, {.reverse = 1}};
  const PairCounts counts = count_pairs(all_sequences(tiny.data), lanes, {});
  EXPECT_EQ(dense(counts, 0), (Square{{0, 4, 0}, {4, 0, 0}, {0, 0, 0}}));
  EXPECT_EQ(counts.occurrences[0], (std::vector<float>{16, 5, 0}));
  EXPECT_EQ(dense(counts, 1), (Square{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}}));
  EXPECT_EQ(counts.occurrences[1], (std::vector<float>{1, 2, 1}));
}

TEST(CountPairs, WeightsOfALogThatHasNoneAreOne) {
  const TestDataset tiny({{"u", "a", 0}, {"u", "b", 1}, {"v", "b", 2}});
  const std::vector<PairWeighting> lanes = {{.reverse = 1, .event_weight = true}, {.reverse = 1}};
  const PairCounts counts = count_pairs(all_sequences(tiny.data), lanes, {});
  EXPECT_EQ(dense(counts, 0), dense(counts, 1));
  EXPECT_EQ(counts.occurrences[0], counts.occurrences[1]);
}

TEST(CountPairs, PruningKeepsTheStrongestColumns) {
  const Sequences sequences = all_sequences(log().data);
  const PairWeighting w{.reverse = 1, .gap = GapDecay::kInverse};
  const PairCounts whole = count_pairs(sequences, std::span(&w, 1), {});
  const PairCounts pruned = count_pairs(sequences, std::span(&w, 1), {.max_columns = 4});
  const Square all = dense(whole, 0), kept = dense(pruned, 0);
  const auto strength = [&](size_t i, size_t j) {
    return all[i][j] / std::sqrt(1.0 + static_cast<double>(sequences.occurrences(j).size()));
  };
  for (size_t i = 0; i < all.size(); ++i) {
    double weakest_kept = 1e9, strongest_lost = 0;
    size_t count = 0;
    for (size_t j = 0; j < all.size(); ++j) {
      if (kept[i][j] > 0) {
        EXPECT_EQ(kept[i][j], all[i][j]);
        weakest_kept = std::min(weakest_kept, strength(i, j));
        ++count;
      } else {
        strongest_lost = std::max(strongest_lost, strength(i, j));
      }
    }
    EXPECT_EQ(count, 4u) << "row " << i;
    EXPECT_GE(weakest_kept, strongest_lost * (1 - 1e-6)) << "row " << i;
  }
  for (size_t b = 0; b < whole.blocks.size(); ++b) {
    EXPECT_EQ(pruned.blocks[b].row_sum, whole.blocks[b].row_sum);  // of the whole row
  }
}

TEST(CountPairs, NeedsAClockOnlyForTime) {
  const TestDataset ordered({{"u", "a", 0}, {"u", "b", 1}}, {.time_kind = TimeKind::kOrder});
  const Sequences sequences = all_sequences(ordered.data);
  const PairWeighting plain{.gap = GapDecay::kInverse}, timed{.gap_tau = 2};
  EXPECT_EQ(dense(count_pairs(sequences, std::span(&plain, 1), {}), 0)[0][1], 1);
  EXPECT_TRUE(contains(message_of([&] { count_pairs(sequences, std::span(&timed, 1), {}); }),
                       "'next, exp(-dt/2d)' uses time, but the log has no clock"));
}

TEST(CountPairs, TakesSixteenWeightingsAtMost) {
  const std::vector<PairWeighting> many(kLanes + 1);
  EXPECT_THROW(count_pairs(all_sequences(log().data), many, {}), Error);
  EXPECT_THROW(count_pairs(all_sequences(log().data), {}, {}), Error);
}

}  // namespace
}  // namespace kaskad
