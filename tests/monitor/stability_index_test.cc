#include "kaskad/monitor/stability_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace kaskad {
namespace {

using Counts = std::vector<uint64_t>;

TEST(StabilityIndex, IsTheFormula) {
  // (.1 - .25) ln(.1 / .25) + (.2 - .25) ln(.2 / .25) + (.3 - .25) ln(.3 / .25)
  // + (.4 - .25) ln(.4 / .25)
  EXPECT_NEAR(stability_index(Counts{25, 25, 25, 25}, Counts{10, 20, 30, 40}), 0.2282, 1e-4);
  EXPECT_NEAR(stability_index(Counts{50, 50}, Counts{90, 10}), 0.4 * std::log(9), 1e-12);
  EXPECT_EQ(stability_index(Counts{3, 4, 5}, Counts{30, 40, 50}), 0) << "of shares, not of counts";
}

TEST(StabilityIndex, IsTheSameFromBothSides) {
  const Counts a = {10, 20, 30}, b = {25, 25, 10};
  EXPECT_NEAR(stability_index(a, b), stability_index(b, a), 1e-12);
}

TEST(StabilityIndex, AnEmptyBinCountsAsHalfAValue) {
  EXPECT_NEAR(stability_index(Counts{100, 100}, Counts{200, 0}),
              (1 - 0.5) * std::log(1 / 0.5) + (0.0025 - 0.5) * std::log(0.0025 / 0.5), 1e-12);
  EXPECT_EQ(stability_index(Counts{10, 0, 10}, Counts{10, 0, 10}), 0);
}

TEST(QuantileBins, HoldTheSameShareEach) {
  std::vector<float> values;
  for (int i = 999; i >= 0; --i) values.push_back(static_cast<float>(i * i));
  const QuantileBins bins(values, 10);
  ASSERT_EQ(bins.size(), 10U);
  Counts counts(10);
  for (const float value : values) ++counts[bins.bin_of(value)];
  EXPECT_EQ(counts, Counts(10, 100));
  EXPECT_EQ(bins.bin_of(-1e30F), 0U);
  EXPECT_EQ(bins.bin_of(1e30F), 9U);
}

TEST(QuantileBins, AValueThatFillsABinHasItAlone) {
  std::vector<float> values(70, 0.0F);
  for (int i = 1; i <= 30; ++i) values.push_back(static_cast<float>(i));
  const QuantileBins bins(values, 10);
  EXPECT_NE(bins.bin_of(0), bins.bin_of(-0.1F));
  EXPECT_NE(bins.bin_of(0), bins.bin_of(0.1F));
  const QuantileBins constant(std::vector<float>(50, 3.0F), 10);
  EXPECT_NE(constant.bin_of(3), constant.bin_of(4)) << "what was constant and moves is seen";
  EXPECT_NE(constant.bin_of(3), constant.bin_of(2));
}

// E[PSI] = (bins - 1) (1/N + 1/M): what a threshold has to stay above.
TEST(StabilityIndex, WithoutAChangeItIsWhatTheSampleSizesSay) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  constexpr size_t kReference = 2000, kLive = 1000, kBins = 10, kTrials = 200;
  double sum = 0;
  for (size_t trial = 0; trial < kTrials; ++trial) {
    std::vector<float> reference(kReference);
    for (float& value : reference) value = normal(random);
    const QuantileBins bins(reference, kBins);
    Counts expected(bins.size()), live(bins.size());
    for (const float value : reference) ++expected[bins.bin_of(value)];
    for (size_t i = 0; i < kLive; ++i) ++live[bins.bin_of(normal(random))];
    sum += stability_index(expected, live);
  }
  const double stated = (kBins - 1) * (1.0 / kReference + 1.0 / kLive);
  EXPECT_NEAR(sum / kTrials, stated, 0.15 * stated);
}

// A shift of a normal distribution by d deviations has the limit d^2 (of the continuous index); ten
// bins see a little less of it.
TEST(StabilityIndex, AShiftOfHalfADeviationIsAnotherPopulation) {
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  std::vector<float> reference(50'000);
  for (float& value : reference) value = normal(random);
  const QuantileBins bins(reference, 10);
  Counts expected(bins.size()), live(bins.size());
  for (const float value : reference) ++expected[bins.bin_of(value)];
  for (size_t i = 0; i < 50'000; ++i) ++live[bins.bin_of(normal(random) + 0.5F)];
  EXPECT_NEAR(stability_index(expected, live), 0.24, 0.02);
}

}  // namespace
}  // namespace kaskad
