#include "kaskad/cooc/ease.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// The weights B, asked one history item at a time.
Square ease_weights(const Dataset& dataset, const EaseOptions& options) {
  Variant variant;
  variant.matrix.kind = MatrixKind::kEase;
  variant.matrix.ease = options;
  const auto model = fit_cooc(dataset, whole_log(dataset), {{{variant, 1}}}, {.threads = 2});
  Square weights;
  for (uint32_t i = 0; i < dataset.num_items(); ++i) {
    const std::vector<ItemId> items = {ItemId{i}};
    const std::vector<int64_t> times = {0};
    std::vector<float> scores(dataset.num_items());
    model->score_all({History{items, times, {}, {}}}, scores);
    weights.emplace_back(scores.begin(), scores.end());
  }
  return weights;
}

TEST(Ease, TwoItemsByHand) {
  // u has a and b, v has a, twice, which counts once: X'X = [2 1; 1 1]. With lambda 1 the inverse
  // of [3 1; 1 2] is [2 -1; -1 3] / 5, so B[a, b] = 1/3 (over P[b, b]) and B[b, a] = 1/2.
  const TestDataset log({{"u", "a", 0}, {"u", "b", 1}, {"v", "a", 0}, {"v", "a", 1}});
  const Square weights = ease_weights(log.data, {.lambda = 1});
  EXPECT_EQ(weights[0][0], 0);
  EXPECT_NEAR(weights[0][1], 1.0 / 3, 1e-6);
  EXPECT_NEAR(weights[1][0], 1.0 / 2, 1e-6);
}

// Column j of B is the ridge regression of item j on all others, whose normal equations are
// sum over k != j of (G + lambda I)[i, k] B[k, j] = G[i, j] for every i != j.
TEST(Ease, SolvesTheNormalEquations) {
  constexpr size_t kItems = 12;
  constexpr double kLambda = 3;
  const TestDataset log(random_rows(40, 8, kItems, 2));
  Square gram(kItems, std::vector<double>(kItems, 0.0));
  for (uint32_t u = 0; u < log.data.num_users(); ++u) {
    std::vector<bool> has(kItems);
    for (const ItemId item : log.data.history(UserId{u}).items) has[index(item)] = true;
    for (size_t i = 0; i < kItems; ++i) {
      for (size_t j = 0; j < kItems; ++j) gram[i][j] += has[i] && has[j];
    }
  }
  const Square weights = ease_weights(log.data, {.lambda = kLambda});
  for (size_t j = 0; j < kItems; ++j) {
    EXPECT_EQ(weights[j][j], 0);
    for (size_t i = 0; i < kItems; ++i) {
      if (i == j) continue;
      double left = 0;
      for (size_t k = 0; k < kItems; ++k) {
        if (k != j) left += (gram[i][k] + (i == k ? kLambda : 0)) * weights[k][j];
      }
      EXPECT_NEAR(left, gram[i][j], 1e-4) << i << " to " << j;
    }
  }
}

TEST(Ease, CoversTheHeadAlone) {
  // a and b are of two users, c of one.
  const TestDataset log(
      {{"u", "c", 0}, {"u", "a", 1}, {"u", "b", 2}, {"v", "a", 0}, {"v", "b", 1}});
  const Square weights = ease_weights(log.data, {.lambda = 1, .max_items = 2});
  EXPECT_EQ(weights[0], (std::vector<double>{0, 0, 0}));  // c is item 0
  EXPECT_EQ(weights[1][0], 0);
  // X'X + I = [3 2; 2 3], inverse [3 -2; -2 3] / 5: B = 2/3.
  EXPECT_NEAR(weights[1][2], 2.0 / 3, 1e-6);
}

TEST(Ease, KeepsTheStrongestOfARowOfEitherSign) {
  const TestDataset log(random_rows(40, 8, 12, 2));
  const Square all = ease_weights(log.data, {.lambda = 3});
  const Square some = ease_weights(log.data, {.lambda = 3, .top_k = 5});
  for (size_t i = 0; i < all.size(); ++i) {
    double weakest_kept = 1e9, strongest_lost = 0;
    size_t kept = 0;
    for (size_t j = 0; j < all.size(); ++j) {
      if (some[i][j] != 0) {
        EXPECT_FLOAT_EQ(static_cast<float>(some[i][j]), static_cast<float>(all[i][j]));
        weakest_kept = std::min(weakest_kept, std::abs(all[i][j]));
        ++kept;
      } else {
        strongest_lost = std::max(strongest_lost, std::abs(all[i][j]));
      }
    }
    EXPECT_EQ(kept, 5u);
    EXPECT_GE(weakest_kept, strongest_lost);
  }
}

TEST(Ease, WithoutItemsSaysNothing) {
  const TestDataset log({{"u", "a", 0}, {"u", "b", 1}});
  const std::vector<uint32_t> nothing_learned = {0};
  const Sequences sequences = Sequences::build(log.data, nothing_learned, 0);
  const ItemMatrix matrix = EaseProblem(sequences, 10, 1).solve(1, 0, 1);
  EXPECT_EQ(matrix.row_begin, (std::vector<uint64_t>{0, 0, 0}));
  EaseOptions options;
  EXPECT_EQ(message_of([&] { from_json({{"max_items", 0}}, options); }),
            "ease, 'max_items': found 0, expected at least 1");
}

}  // namespace
}  // namespace kaskad
