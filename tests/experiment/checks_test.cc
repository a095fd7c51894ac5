#include "kaskad/experiment/checks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kaskad/experiment/distributions.h"
#include "kaskad/experiment/power.h"

namespace kaskad::ab {
namespace {

TEST(SampleRatio, IsPearsonsChiSquare) {
  // Expected 500 and 500: 20^2 / 500 twice.
  const SampleRatio ratio =
      check_sample_ratio(std::vector<double>{520, 480}, std::vector<double>{0.5, 0.5});
  EXPECT_DOUBLE_EQ(ratio.chi_square, 1.6);
  EXPECT_NEAR(ratio.p_value, 0.2059, 1e-4);
  EXPECT_FALSE(ratio.mismatch);
  EXPECT_EQ(ratio.expected, (std::vector<double>{500, 500}));
}

TEST(SampleRatio, LostUsersAreAMismatchOnlyWhereThereAreMany) {
  const std::vector<double> shares = {0.5, 0.5};
  EXPECT_FALSE(check_sample_ratio(std::vector<double>{510, 490}, shares).mismatch);
  EXPECT_TRUE(check_sample_ratio(std::vector<double>{51'000, 49'000}, shares).mismatch);
}

TEST(SampleRatio, SharesCountInAnyUnit) {
  const SampleRatio ratio =
      check_sample_ratio(std::vector<double>{100, 300}, std::vector<double>{1, 3});
  EXPECT_EQ(ratio.chi_square, 0);
}

TEST(SampleRatio, OneArmAloneHasNoRatio) {
  EXPECT_EQ(check_sample_ratio(std::vector<double>{100}, std::vector<double>{1}).p_value, 1);
}

TEST(Independence, RowsOfOneShareAreAlike) {
  EXPECT_EQ(independence_p({{10, 20}, {30, 60}}), 1);
  EXPECT_EQ(independence_p({}), 1);
  EXPECT_EQ(independence_p({{10, 0}, {5, 0}}), 1);   // one arm alone
  EXPECT_EQ(independence_p({{10, 20}, {0, 0}}), 1);  // nobody new on the second day
}

TEST(Independence, IsPearsonsChiSquare) {
  // Each cell is 10 from the 40 expected: 4 * 100 / 40, one degree of freedom.
  EXPECT_NEAR(independence_p({{50, 30}, {30, 50}}), chi_square_upper(10, 1), 1e-12);
}

TEST(Holm, StepsDownFromTheLeast) {
  // 0.01 * 3, then 0.03 * 2, then 0.04 * 1, but never below the one before.
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.03, 0.01, 0.04}),
            (std::vector<double>{0.06, 0.03, 0.06}));
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.9, 0.8}), (std::vector<double>{1, 1}));
}

TEST(Holm, AnArmWithoutAFigureCountsForNothing) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto adjusted = holm_adjusted(std::vector<double>{none, 0.02});
  EXPECT_TRUE(std::isnan(adjusted[0]));
  EXPECT_EQ(adjusted[1], 0.02);
}

// The textbook's sample size: 16 variances over the squared effect, for each arm.
TEST(Power, DaysFollowTheRuleOfSixteen) {
  const double baseline = 0.2, deviation = 0.4, effect = 0.05 * baseline;
  const double users_an_arm = 15.7 * deviation * deviation / (effect * effect);
  const PowerBasis basis = stated_basis(baseline, deviation, 1000);
  EXPECT_NEAR(*days_needed(basis, 0.05, {}), 2 * users_an_arm / 1000, 1);
}

TEST(Power, DaysAndEffectAreInverse) {
  const PowerBasis basis = stated_basis(0.2, 0.4, 1000);
  for (const double effect : {0.01, 0.03, 0.1}) {
    const int days = *days_needed(basis, effect, {});
    EXPECT_LE(detectable_effect(basis, days, {}), effect);
    if (days > 1) {
      EXPECT_GT(detectable_effect(basis, days - 1, {}), effect);
    }
  }
  EXPECT_FALSE(days_needed(basis, 0.01, {}, 10));
}

TEST(Power, MeasuredDaysAreTakenAsTheyAre) {
  // On day 2 the same users came back: nothing was learned.
  const PowerBasis basis{1, {0.1, 0.1, 0.05}, {100, 100, 400}};
  EXPECT_EQ(error_after(basis, 1), 0.1);
  EXPECT_EQ(error_after(basis, 2), 0.1);
  EXPECT_EQ(error_after(basis, 3), 0.05);
  EXPECT_DOUBLE_EQ(error_after(basis, 12), 0.025);  // sqrt(3 / 12)
  EXPECT_EQ(users_after(basis, 2), 100);
  EXPECT_EQ(users_after(basis, 12), 1600);
}

TEST(Power, DailyLooksNeedLonger) {
  const PowerBasis basis = stated_basis(0.2, 0.4, 1000);
  PowerOptions sequential;
  sequential.sequential = SequentialOptions{10'000};
  // (3.035 + 0.842) / (1.960 + 0.842) at the planned users.
  EXPECT_NEAR(detectable_effect(basis, 10, sequential) / detectable_effect(basis, 10, {}), 1.384,
              0.001);
}

TEST(Power, UnequalArmsNeedLonger) {
  const PowerBasis basis = stated_basis(0.2, 0.4, 1000);
  // 1 / 0.1 + 1 / 0.9 = 11.1 against 4.
  EXPECT_NEAR(detectable_effect(basis, 10, {.arm_share = 0.1, .control_share = 0.9}) /
                  detectable_effect(basis, 10, {}),
              std::sqrt((1 / 0.1 + 1 / 0.9) / 4), 1e-12);
}

TEST(Distributions, KnowTheirTables) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
  EXPECT_NEAR(student_spread(0.95, 10), 2.228139, 1e-6);
  EXPECT_NEAR(student_two_sided(2.228139, 10), 0.05, 1e-6);
  EXPECT_NEAR(chi_square_upper(3.841459, 1), 0.05, 1e-6);
}

}  // namespace
}  // namespace kaskad::ab
