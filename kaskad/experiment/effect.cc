#include "kaskad/experiment/effect.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Range kNoRange = {kNaN, kNaN, kNaN};

// R, and what each user moves it by as a linear figure of the user's numbers.
struct Linear {
  double ratio = 0;
  PartWeights weights = {};
};

Linear linear_of(const Moments& arm, Part above, Part below) {
  const double x = arm.mean(below);
  if (arm.users() == 0 || x == 0) return {};  // no figure, and nobody moves it
  Linear linear{arm.mean(above) / x, {}};
  linear.weights[above] = 1 / x;
  linear.weights[below] = -linear.ratio / x;
  return linear;
}

// An arm's part in the difference: its figures of both times, and the variances of their estimates.
struct ArmParts {
  Linear now, before;
  double now_variance, before_variance, covariance;  // of the estimates: over the users already

  explicit ArmParts(const Moments& arm)
      : now(linear_of(arm, kAbove, kBelow)), before(linear_of(arm, kBeforeAbove, kBeforeBelow)) {
    now_variance = arm.covariance(now.weights, now.weights) / arm.users();
    before_variance = arm.covariance(before.weights, before.weights) / arm.users();
    covariance = arm.covariance(now.weights, before.weights) / arm.users();
  }
  double variance(double theta) const {
    return now_variance - 2 * theta * covariance + theta * theta * before_variance;
  }
};

// Welch and Satterthwaite: degrees of freedom of the sum of two estimated variances.
double freedom_of(double one, double one_users, double other, double other_users) {
  const double sum = one + other;
  const double by = one * one / (one_users - 1) + other * other / (other_users - 1);
  return by > 0 ? sum * sum / by : one_users + other_users - 2;
}

// How many standard errors the interval reaches, and the p-value of `z` of them.
struct Reach {
  double spread, p_value;
};

Reach reach_of(double z, double users, double freedom, const EffectOptions& options) {
  if (options.sequential) {
    const double seen = options.sequential->seen.value_or(users);
    return {always_valid_spread(seen, options.level, *options.sequential),
            always_valid_p(z, seen, *options.sequential)};
  }
  return {student_spread(options.level, freedom), student_two_sided(z, freedom)};
}

Range around(double value, double half) { return {value, value - half, value + half}; }

bool has_figure(const Moments& arm) { return arm.users() >= 2 && arm.mean(kBelow) > 0; }

}  // namespace

Range figure_of(const Moments& arm, const EffectOptions& options) {
  if (arm.users() == 0 || arm.mean(kBelow) <= 0) return kNoRange;
  const Linear linear = linear_of(arm, kAbove, kBelow);
  if (arm.users() < 2) return {linear.ratio, kNaN, kNaN};
  const double error = std::sqrt(arm.covariance(linear.weights, linear.weights) / arm.users());
  const Reach reach = reach_of(0, arm.users(), arm.users() - 1, options);
  return around(linear.ratio, reach.spread * error);
}

double figure_error(const Moments& arm, bool cuped) {
  const ArmParts parts(arm);
  const double theta =
      cuped && parts.before_variance > 0 ? parts.covariance / parts.before_variance : 0;
  return std::sqrt(std::max(0.0, parts.variance(theta)));
}

Effect effect_of(const Moments& arm, const Moments& control, const EffectOptions& options) {
  if (!has_figure(arm) || !has_figure(control)) return {kNoRange, kNoRange, kNaN, kNaN, kNaN};
  const ArmParts ours(arm), theirs(control);
  const double before_variance = ours.before_variance + theirs.before_variance;
  const double theta = options.cuped && before_variance > 0
                           ? (ours.covariance + theirs.covariance) / before_variance
                           : 0;
  const double one = ours.variance(theta), other = theirs.variance(theta);
  const double plain = ours.now_variance + theirs.now_variance;
  const double difference =
      ours.now.ratio - theirs.now.ratio - theta * (ours.before.ratio - theirs.before.ratio);
  Effect effect;
  effect.error = std::sqrt(std::max(0.0, one + other));
  effect.variance_left = plain > 0 ? (one + other) / plain : 1;
  const double z = difference == 0 ? 0 : difference / effect.error;
  const double freedom = freedom_of(one, arm.users(), other, control.users());
  const Reach reach = reach_of(z, arm.users() + control.users(), freedom, options);
  effect.difference = around(difference, reach.spread * effect.error);
  effect.p_value = reach.p_value;
  // D / R_control: the control's estimate stands in both parts.
  const double base = theirs.now.ratio;
  if (base == 0) {
    effect.relative = kNoRange;
    return effect;
  }
  const double relative = difference / base;
  const double shared = -(theirs.now_variance - theta * theirs.covariance);  // Cov(D, R_control)
  const double variance =
      (one + other - 2 * relative * shared + relative * relative * theirs.now_variance) /
      (base * base);
  effect.relative = around(relative, reach.spread * std::sqrt(std::max(0.0, variance)));
  return effect;
}

}  // namespace kaskad::ab
