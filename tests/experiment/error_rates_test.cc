// What the analysis promises, held against many simulated experiments: without an effect it finds
// one as often as it says, and a planted effect lies in its interval as often as it says. The share
// that a promise of 5% may give over the experiments of a test is bounded by four standard
// deviations of the binomial distribution.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

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
};

// `part` of each simulated user.
Arms simulate(double lift, Random& random, const std::function<UserPart(const UserPart&)>& part) {
  Arms arms;
  for (int u = 0; u < kUsersAnArm; ++u) {
    arms.control.add(part(simulate_user(0, random)));
    arms.arm.add(part(simulate_user(lift, random)));
  }
  return arms;
}

UserPart as_ratio(const UserPart& user) { return user; }
UserPart as_mean(const UserPart& user) { return {user.above, 1, user.before_above, 1}; }

double allowance(int experiments) { return 4 * std::sqrt(kAlpha * (1 - kAlpha) / experiments); }

// The share of experiments without effect in which `found` says that there is one.
double false_positives(const std::function<UserPart(const UserPart&)>& part,
                       const std::function<bool(const Arms&)>& found) {
  Random random(1);
  int count = 0;
  for (int e = 0; e < kExperiments; ++e) count += found(simulate(0, random, part));
  return static_cast<double>(count) / kExperiments;
}

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

TEST(FalsePositives, OfAMeanAreAsStated) {
  EXPECT_NEAR(false_positives(as_mean, [](const Arms& arms) { return significant(arms, {}); }),
              kAlpha, allowance(kExperiments));
}

TEST(FalsePositives, OfARatioAreAsStatedByTheDeltaMethod) {
  EXPECT_NEAR(false_positives(as_ratio, [](const Arms& arms) { return significant(arms, {}); }),
              kAlpha, allowance(kExperiments));
}

// Why the delta method is there: the test that takes pages for independent finds effects out of
// nothing in every fourth experiment.
TEST(FalsePositives, OfATestByPageAreManyTimesTheStated) {
  EXPECT_GT(false_positives(as_ratio, significant_by_page), 4 * kAlpha);
}

TEST(FalsePositives, WithCupedAreAsStated) {
  for (const auto& part : {as_mean, as_ratio}) {
    EXPECT_NEAR(
        false_positives(part, [](const Arms& arms) { return significant(arms, {.cuped = true}); }),
        kAlpha, allowance(kExperiments));
  }
}

struct Coverage {
  double difference = 0, relative = 0;  // shares of experiments whose interval held the truth
  double mean = 0, variance = 0;        // of the estimated differences
  double variance_left = 0;             // mean
};

constexpr double kLift = 0.05;

// Every page is useful with kLift more, so the ratio rises by kLift whatever the users are.
Coverage planted(const EffectOptions& options, double base) {
  Random random(2);
  Coverage coverage;
  double squares = 0;
  for (int e = 0; e < kExperiments; ++e) {
    const Arms arms = simulate(kLift, random, as_ratio);
    const Effect effect = effect_of(arms.arm, arms.control, options);
    coverage.difference += effect.difference.low <= kLift && kLift <= effect.difference.high;
    const double relative = kLift / base;
    coverage.relative += effect.relative.low <= relative && relative <= effect.relative.high;
    coverage.mean += effect.difference.value / kExperiments;
    squares += effect.difference.value * effect.difference.value / kExperiments;
    coverage.variance_left += effect.variance_left / kExperiments;
  }
  coverage.difference /= kExperiments;
  coverage.relative /= kExperiments;
  coverage.variance = squares - coverage.mean * coverage.mean;
  return coverage;
}

// A large sample without effect: the ratio, and how far the past tells the present.
Moments large_sample() {
  Random random(3);
  Moments moments;
  for (int u = 0; u < 200'000; ++u) moments.add(simulate_user(0, random));
  return moments;
}

TEST(PlantedEffect, IsInItsIntervalAsOftenAsStated) {
  const double base = large_sample().mean(kAbove) / large_sample().mean(kBelow);
  for (const bool cuped : {false, true}) {
    const Coverage coverage = planted({.cuped = cuped}, base);
    EXPECT_NEAR(coverage.difference, 1 - kAlpha, allowance(kExperiments)) << cuped;
    EXPECT_NEAR(coverage.mean, kLift, 4 * std::sqrt(coverage.variance / kExperiments)) << cuped;
    if (cuped) continue;
    EXPECT_NEAR(coverage.relative, 1 - kAlpha, allowance(kExperiments));
  }
}

// With r the correlation of what a user moves the ratio by, then and now, 1 - r^2 of the variance
// is left: as promised by each experiment, and as seen between them.
TEST(PlantedEffect, CupedNarrowsByWhatTheCorrelationSays) {
  const Moments users = large_sample();
  const double now = users.mean(kAbove) / users.mean(kBelow);
  const double before = users.mean(kBeforeAbove) / users.mean(kBeforeBelow);
  const PartWeights present = {1, -now, 0, 0}, past = {0, 0, 1, -before};
  const double correlation =
      users.covariance(present, past) /
      std::sqrt(users.covariance(present, present) * users.covariance(past, past));
  ASSERT_GT(correlation, 0.5);
  const Coverage plain = planted({}, now), cuped = planted({.cuped = true}, now);
  EXPECT_NEAR(cuped.variance_left, 1 - correlation * correlation, 0.03);
  EXPECT_NEAR(cuped.variance / plain.variance, 1 - correlation * correlation, 0.08);
}

struct Peeked {
  double once = 0, always = 0;  // shares of experiments called at some look
};

// Two weeks without effect, looked at every evening. Users join, stay and come back; with
// `all_at_once` everybody is there on the first day, and later looks see the same users again.
Peeked peek_daily(bool all_at_once) {
  constexpr int kDays = 14, kPeeked = 600, kJoining = 15;
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
          const double least = joined.part.below == 0;
          if (least == 1 || uniform(random) < 0.2) {
            browse(joined.user, 0, least, random, joined.part.above, joined.part.below);
          }
          arms[a].add(joined.part);
        }
      }
      found_once |= effect_of(arms[1], arms[0], once).p_value < kAlpha;
      found_always |= effect_of(arms[1], arms[0], always).p_value < kAlpha;
    }
    peeked.once += found_once / double{kPeeked};
    peeked.always += found_always / double{kPeeked};
  }
  return peeked;
}

// Why the sequential option is there: to stop at the first p < 0.05 of daily looks is to be wrong
// several times as often as it says.
TEST(Peeking, EveryDayKeepsTheStatedRateOnlyWithTheSequentialOption) {
  const Peeked joining = peek_daily(false);
  EXPECT_GT(joining.once, 2.5 * kAlpha);
  EXPECT_LE(joining.always, kAlpha + allowance(600));
}

TEST(Peeking, AtUsersWhoComeBackKeepsTheStatedRate) {
  const Peeked returning = peek_daily(true);
  EXPECT_GT(returning.once, 1.2 * kAlpha);
  EXPECT_LE(returning.always, kAlpha + allowance(600));
}

// Safe is not blind: a large effect is found all the same.
TEST(Peeking, FindsARealEffect) {
  Random random(5);
  int found = 0;
  for (int e = 0; e < 200; ++e) {
    const Arms arms = simulate(0.2, random, as_ratio);
    found += significant(arms, {.sequential = SequentialOptions{2 * kUsersAnArm}});
  }
  EXPECT_GT(found, 180);
}

}  // namespace
}  // namespace kaskad::ab
