#include "kaskad/experiment/effect.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {
namespace {

Moments moments_of(const std::vector<UserPart>& users) {
  Moments moments;
  for (const UserPart& user : users) moments.add(user);
  return moments;
}

TEST(Effect, OfMeansIsWelchsTest) {
  // Means 2 and 4; variances 1 and 4 over 3 users each.
  const Moments control = moments_of({{1}, {2}, {3}});
  const Moments arm = moments_of({{2}, {4}, {6}});
  const Effect effect = effect_of(arm, control, {});
  EXPECT_DOUBLE_EQ(effect.difference.value, 2);
  EXPECT_DOUBLE_EQ(effect.error, std::sqrt(1.0 / 3 + 4.0 / 3));
  // (1/3 + 4/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2)
  const double freedom = (25.0 / 9) / (1.0 / 18 + 16.0 / 18);
  EXPECT_NEAR(effect.p_value, student_two_sided(2 / effect.error, freedom), 1e-12);
  EXPECT_NEAR(effect.difference.high, 2 + student_spread(0.95, freedom) * effect.error, 1e-12);
}

TEST(Effect, RatiosAreOfSumsAndTheirErrorIsOverUsers) {
  // 3 / 6: users move it by ((1 - 0.5 * 4) / 3, (2 - 0.5 * 2) / 3) = (-1/3, 1/3), variance 2/9.
  const Moments users = moments_of({{1, 4}, {2, 2}});
  const Range figure = figure_of(users, {});
  EXPECT_DOUBLE_EQ(figure.value, 0.5);
  EXPECT_NEAR(figure.high - 0.5, student_spread(0.95, 1) * std::sqrt(2.0 / 9 / 2), 1e-12);
}

// To say the same pages twice adds no user: the interval stays.
TEST(Effect, MorePagesOfTheSameUsersTeachNothing) {
  const Moments once = moments_of({{1, 4}, {2, 2}, {0, 3}});
  const Moments tenfold = moments_of({{10, 40}, {20, 20}, {0, 30}});
  EXPECT_NEAR(figure_of(once, {}).high, figure_of(tenfold, {}).high, 1e-12);
}

TEST(Effect, RelativeCarriesTheControlsOwnUncertainty) {
  const Moments control = moments_of({{1}, {2}, {3}});
  const Moments arm = moments_of({{2}, {4}, {6}});
  const Effect effect = effect_of(arm, control, {});
  EXPECT_DOUBLE_EQ(effect.relative.value, 1);  // 4 / 2 - 1
  // Var(A / C) = Var(A) / C^2 + A^2 Var(C) / C^4 = (4/3) / 4 + 16 (1/3) / 16
  const double spread = (effect.difference.high - 2) / effect.error;
  EXPECT_NEAR(effect.relative.high - 1, spread * std::sqrt(1.0 / 3 + 1.0 / 3), 1e-12);
}

TEST(Effect, CupedTakesAwayWhatThePastSays) {
  // above = before + 0 or 1: of the variance only the arm's 0 or 1 is left.
  const Moments control =
      moments_of({{10, 1, 10, 1}, {21, 1, 20, 1}, {30, 1, 30, 1}, {41, 1, 40, 1}});
  const Moments arm = moments_of({{13, 1, 12, 1}, {24, 1, 22, 1}, {33, 1, 32, 1}, {44, 1, 42, 1}});
  const Effect plain = effect_of(arm, control, {});
  const Effect cuped = effect_of(arm, control, {.cuped = true});
  EXPECT_DOUBLE_EQ(plain.difference.value, 3);  // 28.5 - 25.5
  EXPECT_NEAR(cuped.difference.value, 1, 0.1);  // 3 - theta (27 - 25), theta near 1
  EXPECT_LT(cuped.variance_left, 0.01);
  EXPECT_NEAR(cuped.error, plain.error * std::sqrt(cuped.variance_left), 1e-12);
}

TEST(Effect, WithoutAPastCupedChangesNothing) {
  const Moments control = moments_of({{1}, {2}, {3}});
  const Moments arm = moments_of({{2}, {4}, {6}});
  EXPECT_EQ(effect_of(arm, control, {.cuped = true}).difference.high,
            effect_of(arm, control, {}).difference.high);
}

TEST(Effect, WhatCannotBeMeasuredIsNoNumber) {
  const Moments none, one = moments_of({{1}}), some = moments_of({{1}, {2}});
  EXPECT_TRUE(std::isnan(effect_of(one, some, {}).p_value));
  EXPECT_TRUE(std::isnan(figure_of(none, {}).value));
  EXPECT_TRUE(std::isnan(effect_of(some, moments_of({{0}, {0}}), {}).relative.value));
  EXPECT_TRUE(std::isnan(effect_of(moments_of({{0, 0}, {0, 0}}), some, {}).difference.value));
}

TEST(Effect, ArmsWithoutAnySpreadAreEqualOrNot) {
  const Moments control = moments_of({{1}, {1}}), arm = moments_of({{2}, {2}});
  EXPECT_EQ(effect_of(control, control, {}).p_value, 1);
  EXPECT_EQ(effect_of(arm, control, {}).p_value, 0);
}

TEST(Moments, LargeValuesKeepTheirSpread) {
  const Moments moments = moments_of({{1e9}, {1e9 + 1}, {1e9 + 2}});
  EXPECT_DOUBLE_EQ(moments.covariance({1}, {1}), 1);
}

TEST(Sequential, IntervalIsThatOfThePaper) {
  // alpha = 0.05: u at the planned users is -W(-0.0025 / e) - 1, where (1 + u) = 0.0025 e^u.
  const double u = -lambert_lower(-0.0025 * std::exp(-1.0)) - 1;
  EXPECT_NEAR(1 + u, 0.0025 * std::exp(u), 1e-9);
  const double spread = always_valid_spread(1000, 0.95, {.planned_users = 1000});
  EXPECT_NEAR(spread, std::sqrt(2 * (1 + 1 / u) * std::log(std::sqrt(1 + u) / 0.05)), 1e-12);
  EXPECT_NEAR(spread, 3.035, 0.001);  // a single look: 1.96
  for (const double planned : {500.0, 2000.0}) {
    EXPECT_GT(always_valid_spread(1000, 0.95, {planned}), spread);
  }
  EXPECT_NEAR(always_valid_spread(1000, 0.95, {10'000}) / spread, 1.26, 0.01);
  EXPECT_NEAR(always_valid_spread(1000, 0.95, {100}) / spread, 1.07, 0.01);
}

TEST(Sequential, PValueIsWhereTheIntervalTouchesZero) {
  for (const double level : {0.8, 0.95, 0.999}) {
    const double spread = always_valid_spread(700, level, {2000});
    EXPECT_NEAR(always_valid_p(spread, 700, {2000}), 1 - level, 1e-12);
  }
  EXPECT_EQ(always_valid_p(0, 700, {2000}), 1);
}

}  // namespace
}  // namespace kaskad::ab
