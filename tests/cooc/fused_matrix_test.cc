// A matrix cut row by row against the plain way: all pairs counted, then normalised, then cut.
#include "kaskad/cooc/fused_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/cooc/cooc_log.h"

namespace kaskad {
namespace {

constexpr uint32_t kAllColumns = 1000;  // a top_k that cuts nothing

std::vector<PairWeighting> weightings() {
  return {{},
          {.reverse = 1},  // a bag
          {.reverse = 1, .user = UserWeight::kInverse},
          {.reverse = 1, .user = UserWeight::kIdf},
          {.reverse = 0.3, .window = 3},
          {.window = 1},
          {.reverse = 1, .window = 5},
          {.gap = GapDecay::kInverse},
          {.reverse = 0.5, .gap = GapDecay::kExponential, .gap_scale = 2},
          {.reverse = 1, .window = 6, .gap = GapDecay::kAround, .gap_scale = 1.5, .gap_centre = 3},
          {.window = 4, .gap = GapDecay::kInverseRoot, .user = UserWeight::kInverseLog}};
}

std::vector<Normalisation> normalisations() {
  return {{.kind = NormKind::kRaw},
          {.kind = NormKind::kRow, .target_power = 0.25},
          {.kind = NormKind::kRow, .source_power = 0.5, .shrinkage = 3},
          {.kind = NormKind::kCosine},
          {.kind = NormKind::kCosine, .alpha = 0.3, .target_power = 0.1},
          {.kind = NormKind::kJaccard},
          {.kind = NormKind::kDice, .shrinkage = 1},
          {.kind = NormKind::kLift},
          {.kind = NormKind::kPmi},
          {.kind = NormKind::kTfIdf},
          {.kind = NormKind::kBm25}};
}

// Each user takes an item once.
std::vector<TestRow> distinct_rows(size_t users, size_t length, size_t items, uint32_t seed) {
  std::vector<TestRow> rows;
  std::set<std::string> taken;
  for (const TestRow& row : random_rows(users, length, items, seed)) {
    if (taken.insert(row.user + " " + row.item).second) rows.push_back(row);
  }
  return rows;
}

ItemMatrix plain_matrix(const Sequences& sequences, const PairWeighting& weighting,
                        const Normalisation& normalisation) {
  const PairCounts counts = count_pairs(sequences, {&weighting, 1}, {});
  return build_item_matrix(counts, 0, normalisation, {}, 1);
}

std::string name_of(const PairWeighting& weighting, const Normalisation& normalisation) {
  return weighting.name() + " | " + normalisation.name();
}

void expect_equal(const Sequences& sequences, const PairWeighting& weighting,
                  Normalisation normalisation, int threads) {
  SCOPED_TRACE(name_of(weighting, normalisation));
  normalisation.top_k = kAllColumns;
  const Square fused = dense(fused_matrix(sequences, weighting, normalisation, threads).view());
  const Square plain = dense(plain_matrix(sequences, weighting, normalisation).view());
  for (size_t i = 0; i < plain.size(); ++i) {
    for (size_t j = 0; j < plain.size(); ++j) {
      ASSERT_NEAR(fused[i][j], plain[i][j], 1e-5 * std::abs(plain[i][j]) + 1e-7)
          << i << " to " << j;
    }
  }
}

void expect_equal_everywhere(const std::vector<TestRow>& rows) {
  const TestDataset log(rows);
  const Sequences sequences = all_sequences(log.data);
  for (const PairWeighting& weighting : weightings()) {
    for (const Normalisation& normalisation : normalisations()) {
      expect_equal(sequences, weighting, normalisation, 1);
    }
  }
  expect_equal(sequences, weightings()[1], normalisations()[3], 3);
}

TEST(FusedMatrix, EqualsThePlainWayWhereUsersRepeatItems) {
  expect_equal_everywhere(random_rows(60, 12, 70, 1));
}

TEST(FusedMatrix, EqualsThePlainWayWhereUsersTakeAnItemOnce) {
  expect_equal_everywhere(distinct_rows(60, 12, 70, 2));  // few cells set: walks the histories
  expect_equal_everywhere(distinct_rows(80, 60, 40, 3));  // many: bags become rows of bits
}

TEST(FusedMatrix, EqualsThePlainWayOnMoreUsersThanAWordOfBits) {
  expect_equal_everywhere(distinct_rows(700, 40, 30, 4));
}

TEST(FusedMatrix, CutsToTheBestOfEachRow) {
  const TestDataset log(random_rows(60, 12, 70, 1));
  const Sequences sequences = all_sequences(log.data);
  for (const PairWeighting& weighting : weightings()) {
    for (Normalisation normalisation : normalisations()) {
      SCOPED_TRACE(name_of(weighting, normalisation));
      normalisation.top_k = 5;
      const ItemMatrix fused = fused_matrix(sequences, weighting, normalisation, 2);
      const ItemMatrix plain = plain_matrix(sequences, weighting, normalisation);
      ASSERT_EQ(fused.row_begin, plain.row_begin);
      for (size_t i = 0; i < sequences.num_items; ++i) {
        const auto best = fused.view().row_values(i);
        EXPECT_TRUE(std::is_sorted(best.rbegin(), best.rend())) << "row " << i;
        // Which of the items that tie at the cut is kept may differ, their weights do not.
        const auto row = plain.view().row_values(i);
        std::vector<float> expected(row.begin(), row.end());
        std::sort(expected.rbegin(), expected.rend());
        for (size_t c = 0; c < expected.size(); ++c) {
          ASSERT_NEAR(best[c], expected[c], 1e-5f * expected[c] + 1e-7f) << "row " << i;
        }
      }
    }
  }
}

// Two users take a 300 times and b 300 times: 2 * 300 * 300 pairs, far beyond 16 bits, though
// each item occurs only 600 times.
TEST(FusedMatrix, CountsBagsOfManyRepeats) {
  std::vector<TestRow> rows = {{"v", "c", 0}, {"v", "a", 1}};
  for (const char* user : {"u", "w"}) {
    for (int e = 0; e < 300; ++e) {
      rows.push_back({user, "a", 2 * e});
      rows.push_back({user, "b", 2 * e + 1});
    }
  }
  const TestDataset log(rows);
  const Sequences sequences = all_sequences(log.data);
  const Normalisation raw{.kind = NormKind::kRaw, .top_k = kAllColumns};
  const Square fused = dense(fused_matrix(sequences, {.reverse = 1}, raw, 1).view());
  const uint32_t a = index(log.item("a")), b = index(log.item("b")), c = index(log.item("c"));
  EXPECT_EQ(fused[a][b], 180'000);
  EXPECT_EQ(fused[b][a], 180'000);
  EXPECT_EQ(fused[a][c], 1);
  EXPECT_EQ(fused[a][a], 0);
  expect_equal(sequences, {.reverse = 1}, {.kind = NormKind::kCosine}, 1);
}

TEST(FusedMatrix, TakesNeitherClocksNorUncutRows) {
  EXPECT_TRUE(can_fuse({.reverse = 1}, {.top_k = 5}));
  EXPECT_FALSE(can_fuse({.gap_tau = 3}, {.top_k = 5}));
  EXPECT_FALSE(can_fuse({.reverse = 1}, {}));
}

}  // namespace
}  // namespace kaskad
