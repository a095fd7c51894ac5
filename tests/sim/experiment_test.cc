#include "kaskad/sim/experiment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "tests/sim/small_world.h"

namespace kaskad::sim {
namespace {

TEST(PageFigures, AreRatiosOfSumsWithIntervalsOverUsers) {
  const std::vector<UserSums> users = {{1, 4, 3, 80, 8, 4}, {2, 2, 0, 20, 2, 0}};
  const PageFigures figures = figures_of(users);
  EXPECT_NEAR(figures.sifr.value, 3.0 / 6, 1e-12);
  EXPECT_NEAR(figures.ctr.value, 10.0 / 100, 1e-12);
  EXPECT_NEAR(figures.actions.value, 4.0 / 6, 1e-12);
  // Users move SIFR by (3 - .5 * 4) / 6 and (0 - .5 * 2) / 6; variance 2 / 1 * sum of squares
  const double deviation = std::sqrt(2.0 / 1 * (1.0 / 36 + 1.0 / 36));
  EXPECT_NEAR(figures.sifr.high - figures.sifr.value, 1.959964 * deviation, 1e-9);
  EXPECT_EQ(figures_of({}).sifr.value, 0);
}

TEST(PageFigures, DifferencesPairTheUsersThatBothHave) {
  const std::vector<UserSums> a = {{1, 2, 2, 40, 3, 2}, {2, 2, 1, 40, 2, 1}};
  const PageFigures same = difference_of(a, a);
  EXPECT_EQ(same.sifr.value, 0);
  EXPECT_EQ(same.sifr.low, same.sifr.high);
  const std::vector<UserSums> b = {{3, 2, 1, 40, 1, 1}, {4, 2, 0, 40, 0, 0}};
  const PageFigures split = difference_of(a, b);
  EXPECT_NEAR(split.sifr.value, 3.0 / 4 - 1.0 / 4, 1e-12);
  // each user moves its own arm by .25 / 2: n / (n - 1) * 4 * .125^2
  const double deviation = std::sqrt(4.0 / 3 * 4 * 0.125 * 0.125);
  EXPECT_NEAR(split.sifr.high - split.sifr.value, 1.959964 * deviation, 1e-9);
}

TEST(PageFigures, APageIsUsefulByTheTargetOrAStrongerAction) {
  PageRecord page;
  page.user = 1;
  page.shown = {{7, 0, {100, 0, 0, 0}}, {8, 0, {300, 0, 500, 0}}, {9, 0, {}}};
  const auto sums = [&](Action target) {
    PageSums out(2, target);
    out.page(page);
    return out.users()[0];
  };
  EXPECT_EQ(sums(kClick).actions, 3);
  EXPECT_EQ(sums(kClick).clicks, 2);
  EXPECT_EQ(sums(kSave).useful, 1);  // a contact is stronger than a save
  EXPECT_EQ(sums(kPurchase).useful, 0);
  EXPECT_EQ(parse_target("contact"), kContact);
  EXPECT_THROW(parse_target("buy"), Error);
}

class ExperimentTest : public testing::Test {
 protected:
  std::vector<ArmResult> play(const std::vector<std::string>& names,
                              const ExperimentOptions& options) {
    std::vector<std::unique_ptr<RankingPolicy>> policies;
    std::vector<Arm> arms;
    for (const std::string& name : names) {
      policies.push_back(make_policy(name, market_));
      arms.push_back({name, policies.back().get()});
    }
    return run_experiment(market_, match_, arms, options);
  }

  const Marketplace market_{world_with_time_left()};
  const TokenMatch match_{market_};
};

TEST_F(ExperimentTest, ThePolicyThatIsBetterInTruthComesOutBetter) {
  ExperimentOptions options;
  options.visits = 300;
  options.threads = 2;
  const auto arms = play({"truth", "engine", "random", "truth"}, options);
  EXPECT_GT(arms[1].first_minus_this.sifr.low, 0);
  EXPECT_GT(arms[2].first_minus_this.sifr.low, 0);
  EXPECT_GT(arms[2].first_minus_this.ctr.low, 0);
  EXPECT_GT(arms[1].figures.ctr.value, arms[2].figures.ctr.value);
  // The same visits, the same pages: no difference at all.
  EXPECT_EQ(arms[3].first_minus_this.sifr.value, 0);
  EXPECT_EQ(arms[3].first_minus_this.sifr.high, 0);
  EXPECT_EQ(arms[0].counts.visits, 300u);
  EXPECT_EQ(arms[0].counts.pages, arms[2].counts.pages);
}

TEST_F(ExperimentTest, SplitUsersSeeOneArmAndTheBetterOneStillWins) {
  ExperimentOptions options;
  options.visits = 600;
  options.split_users = true;
  options.target = kClick;
  options.threads = 1;
  const auto arms = play({"truth", "random"}, options);
  EXPECT_EQ(arms[0].counts.visits, 300u);
  EXPECT_GT(arms[1].first_minus_this.ctr.low, 0);
  EXPECT_LE(arms[0].users + arms[1].users, market_.options().users);
  EXPECT_GT(arms[0].users, 50u);
  EXPECT_GT(arms[1].users, 50u);
  const auto again = play({"truth", "random"}, options);
  EXPECT_EQ(arms[1].first_minus_this.sifr.low, again[1].first_minus_this.sifr.low);
}

TEST_F(ExperimentTest, UnknownPoliciesAndWorldsWithoutDaysLeftAreRefused) {
  EXPECT_THROW(make_policy("best", market_), Error);
  WorldOptions options = small_world();
  options.days_after = 0;
  const Marketplace ended(options);
  const TokenMatch match(ended);
  const auto policy = make_policy("random", ended);
  EXPECT_THROW(run_experiment(ended, match, {{"random", policy.get()}}, {}), Error);
}

}  // namespace
}  // namespace kaskad::sim
