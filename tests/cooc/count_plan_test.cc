#include "kaskad/cooc/count_plan.h"

#include <gtest/gtest.h>

#include "tests/cooc/cooc_log.h"

namespace kaskad {
namespace {

// 10 users of 20 items each out of 100.
Sequences twenty_each() {
  std::vector<TestRow> rows;
  for (int u = 0; u < 10; ++u) {
    for (int e = 0; e < 20; ++e) {
      rows.push_back({"u" + std::to_string(u), "i" + std::to_string(u * 10 + e % 100), e});
    }
  }
  const TestDataset log(rows);
  return all_sequences(log.data);
}

TEST(CountPlan, CountsAsManyWeightingsAsFit) {
  const Sequences sequences = twenty_each();
  // A window of 2 makes 10 * 20 * 4 = 800 pairs of 4 bytes, and one more; and 4 for the column.
  const PairWeighting narrow{.window = 2};
  EXPECT_EQ(plan_counts(sequences, narrow, 1 << 30).lanes, 16u);
  const CountPlan five = plan_counts(sequences, narrow, 801 * 4 * 6);
  EXPECT_EQ(five.lanes, 5u);
  EXPECT_EQ(five.max_columns, 0u);
  // Without a window 10 * 20 * 20 = 4000 pairs.
  EXPECT_EQ(plan_counts(sequences, {}, 4001 * 4 * 8).lanes, 7u);
}

TEST(CountPlan, PrunesRowsWhereFewerThanFourFit) {
  std::vector<TestRow> rows;
  for (int e = 0; e < 200; ++e) {
    rows.push_back({e < 100 ? "u" : "v", "i" + std::to_string(e % 100), e});
  }
  const TestDataset log(rows);
  const Sequences sequences = all_sequences(log.data);
  // All 100 * 100 pairs. Room for 3: eight lanes and the column share 400 floats a row.
  const CountPlan pruned = plan_counts(sequences, {}, 10'000 * 4 * 4);
  EXPECT_EQ(pruned.lanes, 8u);
  EXPECT_EQ(pruned.max_columns, 400u / 9);
  EXPECT_EQ(plan_counts(sequences, {}, 1).max_columns, 32u);
}

TEST(CountPlan, FindsTheWidestWhereverItStands) {
  const std::vector<PairWeighting> some = {
      {.window = 3}, {.window = 0}, {.window = 9, .gap_tau = 1}};
  EXPECT_EQ(widest_of(some), some[1]);
  EXPECT_EQ(widest_of(std::span(some).last(1)), some[2]);
}

}  // namespace
}  // namespace kaskad
