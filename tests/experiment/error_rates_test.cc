// What the analysis promises, held against many simulated experiments: without an effect it finds
// one as often as it says, and a planted effect lies in its interval as often as it says. The share
// that a promise of 5% may give over the experiments of a test is bounded by four standard
// deviations of the binomial distribution.
#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/experiment/distributions.h"
#include "kaskad/experiment/effect.h"
#include "tests/experiment/simulated.h"

namespace kaskad::ab {
namespace {

constexpr int kExperiments = 2000;
constexpr int kUsersAnArm = 200;
constexpr double kAlpha = 0.05;

struct Arms {
  Moments control, arm;
  void add(const UserPart& of_control, const UserPart& of_arm) {
    control.add(of_control);
    arm.add(of_arm);
  }
};

// The same users' useful pages a page, and a user.
struct Simulated {
  Arms ratio, mean;
};

UserPart by_user(const UserPart& user) { return {user.above, 1, user.before_above, 1}; }

Simulated simulate(double lift, Random& random) {
  Simulated simulated;
  for (int u = 0; u < kUsersAnArm; ++u) {
    const UserPart control = simulate_user(0, random), arm = simulate_user(lift, random);
    simulated.ratio.add(control, arm);
    simulated.mean.add(by_user(control), by_user(arm));
  }
  return simulated;
}

double allowance(int experiments) { return 4 * std::sqrt(kAlpha * (1 - kAlpha) / experiments); }

bool significant(const Arms& arms, const EffectOptions& options) {
  return effect_of(arms.arm, arms.control, options).p_value < kAlpha;
}

// Two shares of pages, as if every page had been drawn by itself.
bool significant_by_page(const Arms& arms) {
  const double pages = arms.arm.sum(kBelow), other = arms.control.sum(kBelow);
  const double one = arms.arm.sum(kAbove) / pages, two = arms.control.sum(kAbove) / other;
  const double both = (arms.arm.sum(kAbove) + arms.control.sum(kAbove)) / (pages + other);
  const double error = std::sqrt(both * (1 - both) * (1 / pages + 1 / other));
  return std::abs(one - two) > normal_quantile(1 - kAlpha / 2) * error;
}

// Shares of experiments without effect in which a test found one.
struct FalsePositiveRates {
  double mean = 0, ratio = 0, mean_cuped = 0, ratio_cuped = 0, by_page = 0;
};

const FalsePositiveRates& false_positives() {
  static const FalsePositiveRates rates = [] {
    constexpr double kOne = 1.0 / kExperiments;
    Random random(1);
    FalsePositiveRates sum;
    for (int e = 0; e < kExperiments; ++e) {
      const Simulated simulated = simulate(0, random);
      sum.mean += kOne * significant(simulated.mean, {});
      sum.ratio += kOne * significant(simulated.ratio, {});
      sum.mean_cuped += kOne * significant(simulated.mean, {.cuped = true});
      sum.ratio_cuped += kOne * significant(simulated.ratio, {.cuped = true});
      sum.by_page += kOne * significant_by_page(simulated.ratio);
    }
    return sum;
  }();
  return rates;
}

TEST(FalsePositives, OfAMeanAreAsStated) {
  EXPECT_NEAR(false_positives().mean, kAlpha, allowance(kExperiments));
}

TEST(FalsePositives, OfARatioAreAsStatedByTheDeltaMethod) {
  EXPECT_NEAR(false_positives().ratio, kAlpha, allowance(kExperiments));
}

// Why the delta method is there: the test that takes pages for independent finds effects out of
// nothing in every fourth experiment.
TEST(FalsePositives, OfATestByPageAreManyTimesTheStated) {
  EXPECT_GT(false_positives().by_page, 4 * kAlpha);
}

TEST(FalsePositives, WithCupedAreAsStated) {
  EXPECT_NEAR(false_positives().mean_cuped, kAlpha, allowance(kExperiments));
  EXPECT_NEAR(false_positives().ratio_cuped, kAlpha, allowance(kExperiments));
}

constexpr double kLift = 0.05;

// Over experiments with an effect: shares of intervals that held the truth, and how the estimates
// were spread.
struct Coverage {
  double difference = 0, relative = 0;
  double mean = 0, squares = 0;
  double variance_left = 0;

  double variance() const { return squares - mean * mean; }
  void add(const Effect& effect, double base) {
    constexpr double kOne = 1.0 / kExperiments;
    const auto holds = [](const Range& range, double truth) {
      return range.low <= truth && truth <= range.high;
    };
    difference += kOne * holds(effect.difference, kLift);
    relative += kOne * holds(effect.relative, kLift / base);
    mean += kOne * effect.difference.value;
    squares += kOne * effect.difference.value * effect.difference.value;
    variance_left += kOne * effect.variance_left;
  }
};

// A large sample without effect: the ratio, and how far the past tells the present.
const Moments& large_sample() {
  static const Moments moments = [] {
    Random random(3);
    Moments sample;
    for (int u = 0; u < 100'000; ++u) sample.add(simulate_user(0, random));
    return sample;
  }();
  return moments;
}

struct Planted {
  Coverage plain, cuped;
};

// Every page is useful with kLift more, so the ratio rises by kLift whatever the users are.
const Planted& planted() {
  static const Planted of_experiments = [] {
    const double base = large_sample().mean(kAbove) / large_sample().mean(kBelow);
    Random random(2);
    Planted sum;
    for (int e = 0; e < kExperiments; ++e) {
      const Arms arms = simulate(kLift, random).ratio;
      sum.plain.add(effect_of(arms.arm, arms.control, {}), base);
      sum.cuped.add(effect_of(arms.arm, arms.control, {.cuped = true}), base);
    }
    return sum;
  }();
  return of_experiments;
}

TEST(PlantedEffect, IsInItsIntervalAsOftenAsStated) {
  for (const Coverage* coverage : {&planted().plain, &planted().cuped}) {
    EXPECT_NEAR(coverage->difference, 1 - kAlpha, allowance(kExperiments));
    EXPECT_NEAR(coverage->mean, kLift, 4 * std::sqrt(coverage->variance() / kExperiments));
    EXPECT_NEAR(coverage->relative, 1 - kAlpha, allowance(kExperiments));
  }
}

// With r the correlation of what a user moves the ratio by, then and now, 1 - r^2 of the variance
// is left: as promised by each experiment, and as seen between them.
TEST(PlantedEffect, CupedNarrowsByWhatTheCorrelationSays) {
  const Moments& users = large_sample();
  const double now = users.mean(kAbove) / users.mean(kBelow);
  const double before = users.mean(kBeforeAbove) / users.mean(kBeforeBelow);
  const PartWeights present = {1, -now, 0, 0}, past = {0, 0, 1, -before};
  const double correlation =
      users.covariance(present, past) /
      std::sqrt(users.covariance(present, present) * users.covariance(past, past));
  ASSERT_GT(correlation, 0.5);
  const double left = 1 - correlation * correlation;
  EXPECT_NEAR(planted().cuped.variance_left, left, 0.03);
  EXPECT_NEAR(planted().cuped.variance() / planted().plain.variance(), left, 0.08);
}

constexpr int kPeeked = 500;

struct Peeked {
  double once = 0, always = 0;  // shares of experiments called at some look
};

// Two weeks without effect, looked at every evening. Users join, stay and come back; with
// `all_at_once` everybody is there on the first day, and later looks see the same users again.
Peeked peek_daily(bool all_at_once) {
  constexpr int kDays = 14, kJoining = 15;
  constexpr double kOne = 1.0 / kPeeked;
  const EffectOptions once, always{.sequential = SequentialOptions{kDays * kJoining * 2.0}};
  Random random(4);
  Peeked peeked;
  struct Joined {
    SimulatedUser user;
    UserPart part{0, 0, 0, 0};
  };
  for (int e = 0; e < kPeeked; ++e) {
    std::vector<Joined> users[2];
    bool found_once = false, found_always = false;
    for (int day = 0; day < kDays; ++day) {
      Moments arms[2];
      for (int a = 0; a < 2; ++a) {
        const int joining = !all_at_once ? kJoining : day == 0 ? kDays * kJoining : 0;
        for (int u = 0; u < joining; ++u) users[a].push_back({draw_user(random)});
        for (Joined& joined : users[a]) {
          const double least = joined.part.below == 0 ? 1 : 0;  // a page at least on the first day
          if (least == 1 || uniform(random) < 0.2) {
            browse(joined.user, 0, least, random, joined.part.above, joined.part.below);
          }
          arms[a].add(joined.part);
        }
      }
      found_once |= effect_of(arms[1], arms[0], once).p_value < kAlpha;
      found_always |= effect_of(arms[1], arms[0], always).p_value < kAlpha;
    }
    peeked.once += kOne * found_once;
    peeked.always += kOne * found_always;
  }
  return peeked;
}

// Why the sequential option is there: to stop at the first p < 0.05 of daily looks is to be wrong
// several times as often as it says.
TEST(Peeking, EveryDayKeepsTheStatedRateOnlyWithTheSequentialOption) {
  const Peeked joining = peek_daily(false);
  EXPECT_GT(joining.once, 2.5 * kAlpha);
  EXPECT_LE(joining.always, kAlpha + allowance(kPeeked));
}

TEST(Peeking, AtUsersWhoComeBackKeepsTheStatedRate) {
  const Peeked returning = peek_daily(true);
  EXPECT_GT(returning.once, 1.2 * kAlpha);
  EXPECT_LE(returning.always, kAlpha + allowance(kPeeked));
}

// Safe is not blind: a large effect is found all the same.
TEST(Peeking, FindsARealEffect) {
  Random random(5);
  int found = 0;
  for (int e = 0; e < 200; ++e) {
    found += significant(simulate(0.2, random).ratio,
                         {.sequential = SequentialOptions{2 * kUsersAnArm}});
  }
  EXPECT_GT(found, 180);
}

}  // namespace
}  // namespace kaskad::ab
