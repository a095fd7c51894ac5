#include "kaskad/kernels/softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "simd_targets.h"

namespace kaskad {
namespace {

std::vector<float> random_values(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 4);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(Softmax, OfThreeValues) {
  // exp(0), exp(ln 2), exp(ln 5) = 1, 2, 5; the sum is 8.
  std::vector<float> row = {0, std::log(2.0F), std::log(5.0F)};
  softmax(row.data(), row.size());
  EXPECT_NEAR(row[0], 1.0 / 8, 1e-6);
  EXPECT_NEAR(row[1], 2.0 / 8, 1e-6);
  EXPECT_NEAR(row[2], 5.0 / 8, 1e-6);
}

TEST(Softmax, LargeValuesDoNotOverflow) {
  std::vector<float> row = {1e9F, 1e9F, -1e9F};
  softmax(row.data(), row.size());
  EXPECT_EQ(row, (std::vector<float>{0.5F, 0.5F, 0}));
}

TEST(Softmax, EqualsTheReferenceOnEveryTargetAndSize) {
  for (const size_t count : {1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 200}) {
    // One place in front for a misaligned start, one behind that must not change.
    const std::vector<float> in = random_values(count + 2, count);
    std::vector<float> expected = in;
    softmax_reference(expected.data() + 1, count);
    for_each_target([&] {
      std::vector<float> row = in;
      softmax(row.data() + 1, count);
      for (size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(row[i], expected[i], 2e-6) << count;
    });
  }
}

TEST(SoftmaxBackward, EqualsTheReferenceOnEveryTargetAndSize) {
  for (const size_t count : {1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 200}) {
    std::vector<float> row = random_values(count, count);
    softmax_reference(row.data(), count);
    const std::vector<float> in = random_values(count + 1, count + 1);
    std::vector<float> expected = in;
    softmax_backward_reference(row.data(), expected.data(), count);
    for_each_target([&] {
      std::vector<float> gradient = in;
      softmax_backward(row.data(), gradient.data(), count);
      for (size_t i = 0; i < in.size(); ++i) EXPECT_NEAR(gradient[i], expected[i], 1e-5) << count;
    });
  }
}

TEST(SoftmaxBackward, EqualsTheDifferenceQuotient) {
  const std::vector<double> x = {0.3, -1.2, 0.8},
                            weight = {1, -2, 0.5};  // loss = <weight, softmax>
  const auto loss = [&](std::vector<double> at) {
    double sum = 0, total = 0;
    for (double& value : at) sum += value = std::exp(value);
    for (size_t i = 0; i < at.size(); ++i) total += weight[i] * at[i] / sum;
    return total;
  };
  std::vector<float> row(x.begin(), x.end()), gradient(weight.begin(), weight.end());
  softmax_reference(row.data(), 3);
  softmax_backward(row.data(), gradient.data(), 3);
  for (size_t i = 0; i < 3; ++i) {
    std::vector<double> above = x, below = x;
    above[i] += 1e-5;
    below[i] -= 1e-5;
    EXPECT_NEAR(gradient[i], (loss(above) - loss(below)) / 2e-5, 1e-5);
  }
}

}  // namespace
}  // namespace kaskad
