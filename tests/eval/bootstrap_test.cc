#include "kaskad/eval/bootstrap.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

namespace kaskad {
namespace {

// n zeros and ones with `ones` ones, spread out.
std::vector<double> rates(size_t n, size_t ones) {
  std::vector<double> values(n);
  for (size_t i = 0; i < ones; ++i) values[i * n / ones] = 1;
  return values;
}

TEST(MeanInterval, OfRateIsTheNormalInterval) {
  // p = 400 / 4000 = .1; 1.96 sqrt(.1 * .9 / 4000) = .0093
  const Interval interval = mean_interval(rates(4000, 400), {.resamples = 4000});
  EXPECT_DOUBLE_EQ(interval.value, 0.1);
  EXPECT_NEAR(interval.low, 0.1 - 0.0093, 0.0006);
  EXPECT_NEAR(interval.high, 0.1 + 0.0093, 0.0006);
}

TEST(MeanInterval, OfConstantIsAPoint) {
  const Interval interval = mean_interval(std::vector<double>(50, 0.25));
  EXPECT_DOUBLE_EQ(interval.low, 0.25);
  EXPECT_DOUBLE_EQ(interval.high, 0.25);
}

TEST(MeanInterval, OfNothingIsZero) { EXPECT_EQ(mean_interval({}).high, 0); }

TEST(MeanInterval, IsRepeatableAndIndependentOfThreads) {
  const auto values = rates(1000, 77);
  const Interval one = mean_interval(values, {.seed = 3, .threads = 1});
  const Interval two = mean_interval(values, {.seed = 3, .threads = 2});
  const Interval other = mean_interval(values, {.seed = 4});
  EXPECT_EQ(one.low, two.low);
  EXPECT_EQ(one.high, two.high);
  EXPECT_NE(one.low, other.low);
}

TEST(MeanIntervals, ColumnsAreSeparate) {
  // rows (0, 1), (1, 1), (2, 1): means (0 + 1 + 2) / 3 = 1 and 1
  const auto intervals = mean_intervals(std::vector<double>{0, 1, 1, 1, 2, 1}, 2);
  EXPECT_DOUBLE_EQ(intervals[0].value, 1);
  EXPECT_LT(intervals[0].low, 1);
  EXPECT_DOUBLE_EQ(intervals[1].low, 1);
}

TEST(PairedDifference, IsNarrowWhereBothAgreeOnMostCases) {
  // b finds what a finds but 20 of 2000 cases: difference .01, and the standard error comes from
  // those 20 alone: sqrt(.01 * .99 / 2000) = .0022, while each rate alone has .0089.
  const auto a = rates(2000, 400);
  auto b = a;
  size_t lost = 0;
  for (size_t i = 0; i < b.size() && lost < 20; ++i) {
    if (b[i] == 1) b[i] = 0, ++lost;
  }
  const PairedDifference paired = paired_difference(a, b);
  EXPECT_NEAR(paired.difference.value, 0.01, 1e-12);
  EXPECT_NEAR(paired.difference.low, 0.01 - 1.96 * 0.0022, 0.0008);
  EXPECT_NEAR(paired.difference.high, 0.01 + 1.96 * 0.0022, 0.0008);
  EXPECT_EQ(paired.share_above, 1);
}

TEST(PairedDifference, OfEqualsIsUndecided) {
  const auto a = rates(100, 10);
  EXPECT_EQ(paired_difference(a, a).share_above, 0.5);
}

TEST(MeanInterval, CoversTheTrueMeanAsOftenAsItSays) {
  // 200 samples of 300 coins with p = .3: about 95% of the intervals hold .3 (s.e. 1.5%).
  uint64_t state = 7;
  int covered = 0;
  for (int sample = 0; sample < 200; ++sample) {
    std::vector<double> coins(300);
    for (double& coin : coins) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      coin = static_cast<double>(state >> 11) / 9007199254740992.0 < 0.3;
    }
    const Interval interval = mean_interval(coins, {.resamples = 400});
    covered += interval.low <= 0.3 && 0.3 <= interval.high;
  }
  EXPECT_GT(covered, 180);
  EXPECT_LT(covered, 199);
}

TEST(ShiftedMeanInterval, ShiftsMoveEachResampleAndNotTheValue) {
  const std::vector<double> values(50, 0.25);  // resampled to .25 whatever the weights
  std::vector<double> shifts(1000);
  for (size_t r = 0; r < shifts.size(); ++r) shifts[r] = static_cast<double>(r) / 999;  // 0 to 1
  const Interval interval = shifted_mean_interval(values, shifts, {.resamples = 1000});
  EXPECT_DOUBLE_EQ(interval.value, 0.25);
  EXPECT_NEAR(interval.low, 0.25 + 0.025, 1e-9);
  EXPECT_NEAR(interval.high, 0.25 + 0.975, 1e-9);
}

TEST(ShiftedMeanInterval, WithoutShiftsItIsTheMeansInterval) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(i % 3);
  const Interval plain = mean_interval(values);
  const Interval shifted = shifted_mean_interval(values, std::vector<double>(1000, 0.0));
  EXPECT_DOUBLE_EQ(shifted.low, plain.low);
  EXPECT_DOUBLE_EQ(shifted.high, plain.high);
  EXPECT_EQ(shifted_mean_interval({}, std::vector<double>(1000, 0.0)).value, 0);
}

}  // namespace
}  // namespace kaskad
