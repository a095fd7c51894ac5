#include "kaskad/cooc/normalisation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/cooc/item_matrix.h"
#include "tests/cooc/cooc_log.h"

namespace kaskad {
namespace {

// Pairs in any order: a-b twice, a-c once, b-c twice. Occurrences a 2, b 3, c 2: 7 in all, 7/3 on
// average, 3 at most; row sums a 3, b 4, c 3; users 3.
class NormalisationTest : public testing::Test {
 protected:
  NormalisationTest()
      : log_({{"u", "a", 0},
              {"u", "b", 1},
              {"v", "a", 0},
              {"v", "b", 1},
              {"v", "c", 2},
              {"w", "b", 0},
              {"w", "c", 1}}) {
    const PairWeighting bag{.reverse = 1};
    counts_ = count_pairs(all_sequences(log_.data), std::span(&bag, 1), {});
  }

  Square normalised(const Normalisation& normalisation) const {
    return dense(build_item_matrix(counts_, 0, normalisation, {}, 1).view());
  }

  // Row a: what became of a-b (count 2) and a-c (count 1).
  void expect_row_a(const Normalisation& normalisation, double b, double c) const {
    SCOPED_TRACE(normalisation.name());
    const std::vector<double> row = normalised(normalisation)[0];
    EXPECT_EQ(row[0], 0);
    EXPECT_NEAR(row[1], b, 1e-6);
    EXPECT_NEAR(row[2], c, 1e-6);
  }

  TestDataset log_;
  PairCounts counts_;
};

double bm25(double n) { return 2.2 / (1.2 * (0.25 + 0.75 * n / (7.0 / 3)) + 1); }

TEST_F(NormalisationTest, KindsByHand) {
  using enum NormKind;
  expect_row_a({.kind = kRaw}, 2, 1);
  expect_row_a({.kind = kRow}, 2.0 / 3, 1.0 / 3);
  expect_row_a({.kind = kRow, .source_power = 0.5}, 2 / std::sqrt(3), 1 / std::sqrt(3));
  expect_row_a({.kind = kCosine}, 2 / std::sqrt(2 * 3), 1 / std::sqrt(2 * 2));
  expect_row_a({.kind = kCosine, .alpha = 0.75}, 2 / (std::pow(2, 0.75) * std::pow(3, 0.25)),
               1.0 / 2);
  expect_row_a({.kind = kJaccard}, 2.0 / (2 + 3 - 2), 1.0 / (2 + 2 - 1));
  expect_row_a({.kind = kDice}, 2 * 2.0 / (2 + 3), 2 * 1.0 / (2 + 2));
  expect_row_a({.kind = kLift}, 2 * 7.0 / (2 * 3), 1 * 7.0 / (2 * 2));
  expect_row_a({.kind = kPmi}, std::log(7.0 / 3), std::log(7.0 / 4));
  // Every user has b: log(3 / 3) = 0.
  expect_row_a({.kind = kTfIdf}, 0, std::pow(std::log(3.0 / 2), 2) / 3);
  expect_row_a({.kind = kBm25}, 2 * bm25(2) * bm25(3), bm25(2) * bm25(2));
}

TEST_F(NormalisationTest, CorrectionsByHand) {
  using enum NormKind;
  // (n_j / 3)^-.5: b (3/3)^-.5 = 1, c (2/3)^-.5 = sqrt(1.5).
  expect_row_a({.kind = kRaw, .target_power = 0.5}, 2, std::sqrt(1.5));
  expect_row_a({.kind = kRow, .target_power = 0.5}, 2.0 / 3, std::sqrt(1.5) / 3);
  expect_row_a({.kind = kPmi, .target_power = 1}, std::log(7.0 / 3), 1.5 * std::log(7.0 / 4));
  // m / (m + 1): 2/3 and 1/2.
  expect_row_a({.kind = kRaw, .shrinkage = 1}, 2 * 2.0 / 3, 1 * 1.0 / 2);
  expect_row_a({.kind = kJaccard, .target_power = 0.5, .shrinkage = 3}, 2.0 / 3 * 2 / 5,
               std::sqrt(1.5) * 1 / 3 * 1 / 4);
  expect_row_a({.kind = kRaw, .top_k = 1}, 2, 0);
  // Popularity reverses the order of the two before the best is kept.
  expect_row_a({.kind = kRaw, .target_power = 3, .top_k = 1}, 0, std::pow(1.5, 3));
}

TEST_F(NormalisationTest, SymmetricKindsStaySymmetric) {
  using enum NormKind;
  for (const NormKind kind : {kRaw, kCosine, kJaccard, kDice, kLift, kPmi, kBm25}) {
    const Square m = normalised({.kind = kind});
    for (size_t i = 0; i < 3; ++i) {
      for (size_t j = 0; j < 3; ++j) EXPECT_NEAR(m[i][j], m[j][i], 1e-6) << i << " to " << j;
    }
  }
}

TEST_F(NormalisationTest, TopKAmongEqualsKeepsThatMany) {
  // Row b: a 2 and c 2.
  const Square m = normalised({.kind = NormKind::kRaw, .top_k = 1});
  EXPECT_EQ(m[1][0] + m[1][2], 2);
}

// A pair a day for 200 days under a trend of one day: counts from 1 down to exp(-200), of which a
// float keeps none; beside them a recent pair that joins the oldest item with the newest.
class FaintCounts : public testing::Test {
 protected:
  FaintCounts() : log_(rows()) {
    const PairWeighting fading{.reverse = 1, .age_tau = 1};
    counts_ = count_pairs(all_sequences(log_.data), std::span(&fading, 1), {});
  }

  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (int day = 0; day < 200; ++day) {
      const std::string user = "u" + std::to_string(day);
      rows.push_back({user, "a" + std::to_string(day), day * kDay});
      rows.push_back({user, "b" + std::to_string(day), day * kDay});
    }
    rows.push_back({"late", "a0", 199 * kDay});
    rows.push_back({"late", "b199", 199 * kDay});
    return rows;
  }

  TestDataset log_;
  PairCounts counts_;
};

TEST_F(FaintCounts, StayFiniteUnderEveryNormalisation) {
  using enum NormKind;
  for (const NormKind kind : {kRaw, kRow, kCosine, kJaccard, kDice, kLift, kPmi, kTfIdf, kBm25}) {
    for (const double power : {-2.0, 0.0, 0.25, 2.0}) {
      for (const double source : {0.5, 1.0, 2.0}) {
        const Normalisation norm{.kind = kind,
                                 .source_power = source,
                                 .alpha = source / 2,
                                 .target_power = power,
                                 .top_k = 50};
        SCOPED_TRACE(norm.name());
        const ItemMatrix matrix = build_item_matrix(counts_, 0, norm, {}, 1);
        for (const float value : matrix.values) {
          EXPECT_TRUE(std::isfinite(value)) << value;
          EXPECT_GE(value, 0);
          EXPECT_LE(value, kMostWeight);
        }
      }
    }
  }
}

TEST_F(FaintCounts, WeighByTheRowAsLongAsTheyAreEvidence) {
  const Square m = dense(build_item_matrix(counts_, 0, {}, {}, 1).view());
  const auto weight = [&](const std::string& i, const std::string& j) {
    return m[index(log_.item(i))][index(log_.item(j))];
  };
  // Its only pair, 59 days old: exp(-59) = 2e-26, of a row sum of the same.
  EXPECT_NEAR(weight("a140", "b140"), 0.24, 0.03);  // 1e25 is the largest factor
  EXPECT_NEAR(weight("a150", "b150"), 1, 1e-6);     // exp(-49) = 5e-22
  EXPECT_EQ(weight("a100", "b100"), 0);             // exp(-99) = 1e-43
  EXPECT_NEAR(weight("a0", "b199"), 1, 1e-6);
}

TEST(RowNormaliser, CutsNegativePmiToNothing) {
  // m n / (n_i n_j) = .5 * 7 / (2 * 3) = 7/12 < 1: less often together than by chance.
  const std::vector<float> occurrences = {2, 3, 2};
  const Marginals marginals{occurrences, 7, 7.0 / 3, 3, 3};
  std::vector<float> values = {0.5f, 1};
  RowNormaliser({.kind = NormKind::kPmi}, marginals)
      .apply(0, 1.5, std::vector<uint32_t>{1, 2}, values);
  EXPECT_EQ(values[0], 0);
  EXPECT_NEAR(values[1], std::log(7.0 / 4), 1e-6);
}

TEST(RowNormaliser, KeepsJaccardAtMostOneWithRepeats) {
  // A count of 10 between items that occur 2 and 3 times: 2 + 3 - 10 would be negative.
  const std::vector<float> occurrences = {2, 3};
  std::vector<float> values = {10};
  RowNormaliser({.kind = NormKind::kJaccard}, Marginals{occurrences, 5, 2.5, 3, 3})
      .apply(0, 10, std::vector<uint32_t>{1}, values);
  EXPECT_EQ(values[0], 1);
}

}  // namespace
}  // namespace kaskad
