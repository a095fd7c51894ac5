#include "kaskad/kernels/pre_rank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace kaskad {
namespace {

TEST(BitsLog2, IsExactAtPowersOfTwoAndALineBetweenThem) {
  EXPECT_EQ(bits_log2(1), 0);
  EXPECT_EQ(bits_log2(0.25F), -2);
  EXPECT_EQ(bits_log2(1024), 10);
  EXPECT_EQ(bits_log2(0.75F), -0.5F);  // the middle of 1/2 and 1, of -1 and 0
  EXPECT_EQ(bits_log2(0), -127);
  for (float x = 1e-6F; x < 10; x *= 1.07F) {
    EXPECT_LE(bits_log2(x), std::log2(x) + 1e-5F) << x;
    EXPECT_GE(bits_log2(x), std::log2(x) - 0.0861F) << x;
  }
}

TEST(PreRank, AddsTheDotProductTheNumbersAndTheBias) {
  const std::vector<float> vectors = {1, 2, 10, 20};  // two items
  const std::vector<float> query = {3, 0.5F}, numbers = {0.25F, 7, 0.5F, -1};
  const std::vector<uint32_t> rows = {1, 0};
  const CrossWeights cross(std::vector<float>{2, 10}, std::vector<uint8_t>{1, 0});
  std::vector<float> scores(2);
  pre_rank({vectors.data(), 2}, rows, numbers.data(), query.data(), cross, 100, scores.data());
  EXPECT_EQ(scores[0], 3 * 10 + 0.5F * 20 + 2 * -2 + 10 * 7 + 100);
  EXPECT_EQ(scores[1], 3 * 1 + 0.5F * 2 + 2 * -1 + 10 * -1 + 100);
}

TEST(PreRank, AnItemsOffsetIsAddedWhereItIsMarked) {
  const std::vector<float> vectors = {1, 2, 10, 20}, offsets = {0.5F, -4}, query = {1, 1};
  const uint64_t marked = 2;  // item 1 alone
  const std::vector<uint32_t> rows = {1, 0, 1};
  std::vector<float> scores(3);
  const PreRankItems items{vectors.data(), 2, offsets.data(), &marked};
  pre_rank(items, rows, nullptr, query.data(), {}, 1, scores.data());
  EXPECT_EQ(scores, (std::vector<float>{27, 4, 27}));
  pre_rank_reference(items, rows, nullptr, query.data(), {}, 1, scores.data());
  EXPECT_EQ(scores, (std::vector<float>{27, 4, 27}));
}

TEST(PreRank, EqualsTheReferenceOnOddSizes) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const size_t dimension : {1, 3, 8, 16, 17, 31, 64, 100}) {
    for (const size_t width : {0, 1, 5, 7, 8, 15, 16, 33}) {
      constexpr size_t kItems = 23, kCandidates = 19;
      std::vector<float> vectors(kItems * dimension + 1), query(dimension), weights(width),
          numbers(kCandidates * width + 1);
      std::vector<uint8_t> logged(width);
      for (float& x : vectors) x = normal(random);
      for (float& x : query) x = normal(random);
      for (float& x : weights) x = normal(random);
      for (uint8_t& one : logged) one = random() % 2;
      for (float& x : numbers) x = std::abs(normal(random)) + 1e-3F;
      std::vector<uint32_t> rows(kCandidates);
      for (uint32_t& row : rows) row = random() % kItems;
      const CrossWeights cross(weights, logged);
      // From the second float on, which is no multiple of anything.
      const uint64_t marked = random();
      const PreRankItems items{vectors.data() + 1, dimension,
                               width % 2 == 0 ? nullptr : vectors.data(), &marked};
      std::vector<float> found(kCandidates), expected(kCandidates), alone(1);
      pre_rank(items, rows, numbers.data() + 1, query.data(), cross, 0.5F, found.data());
      pre_rank_reference(items, rows, numbers.data() + 1, query.data(), cross, 0.5F,
                         expected.data());
      for (size_t c = 0; c < kCandidates; ++c) {
        EXPECT_NEAR(found[c], expected[c], 1e-4) << dimension << ' ' << width << ' ' << c;
        pre_rank(items, std::span(rows).subspan(c, 1), numbers.data() + 1 + c * width, query.data(),
                 cross, 0.5F, alone.data());
        EXPECT_EQ(alone[0], found[c]);
      }
    }
  }
}

}  // namespace
}  // namespace kaskad
