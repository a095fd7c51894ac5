#include "kaskad/report/scale.h"

#include <gtest/gtest.h>

#include <limits>

namespace kaskad::html {
namespace {

TEST(LinearScale, EndsAreRound) {
  const Scale scale = Scale::linear({0.131, 0.168});  // span .037, quarter .00925 -> step .01
  EXPECT_DOUBLE_EQ(scale.low(), 0.13);
  EXPECT_DOUBLE_EQ(scale.high(), 0.17);
  EXPECT_DOUBLE_EQ(scale.fraction(0.14), (0.14 - 0.13) / (0.17 - 0.13));
}

TEST(LinearScale, TicksAreMultiplesOfTheStep) {
  const std::vector<double> expected = {0, 50, 100, 150, 200};
  EXPECT_EQ(Scale::linear({3, 180}, true).ticks(), expected);
}

TEST(LinearScale, OneValueLiesInside) {
  const Scale scale = Scale::linear({5});
  EXPECT_LT(scale.low(), 5);
  EXPECT_GT(scale.high(), 5);
}

TEST(LinearScale, NothingButZerosStartsAtZero) {
  const Scale scale = Scale::linear({0, 0}, true);
  EXPECT_EQ(scale.low(), 0);
  EXPECT_EQ(scale.high(), 1);
}

TEST(LinearScale, PassesOverWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Scale scale = Scale::exact({nan, 1, 3});
  EXPECT_EQ(scale.low(), 1);
  EXPECT_EQ(scale.high(), 3);
  EXPECT_EQ(scale.fraction(nan), 0);
}

TEST(ExactScale, EndsAreTheData) {
  const Scale scale = Scale::exact({1, 41.2});
  EXPECT_EQ(scale.high(), 41.2);
  EXPECT_EQ(scale.ticks(), (std::vector<double>{10, 20, 30, 40}));
}

TEST(LogScale, PowersOfTenAreEquallyFar) {
  const Scale scale = Scale::logarithmic({1, 1000});
  EXPECT_NEAR(scale.fraction(10), 1.0 / 3, 1e-12);
  EXPECT_EQ(scale.ticks(), (std::vector<double>{1, 10, 100, 1000}));
}

TEST(LogScale, ShortRangesGetTicksBetweenThePowers) {
  EXPECT_EQ(Scale::logarithmic({2, 60}).ticks(), (std::vector<double>{2, 5, 10, 20, 50}));
}

TEST(LogScale, PassesOverZeroAndNegatives) {
  const Scale scale = Scale::logarithmic({-3, 0, 4, 400});
  EXPECT_EQ(scale.low(), 4);
  EXPECT_EQ(scale.fraction(0), 0);
}

TEST(Scale, SvgMeasuresFromTheTop) {
  const Scale scale = Scale::exact({0, 4});
  EXPECT_EQ(scale.percent(1), "25.00%");
  EXPECT_EQ(scale.percent_down(1), "75.00%");
}

}  // namespace
}  // namespace kaskad::html
