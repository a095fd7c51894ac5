// How an arm differs from the control in one metric, with an interval and a p-value. The user is
// what was randomised, so the user is what is counted: pages of one user are alike, and a test over
// pages would be far too sure. Called by analysis.h.
//
// A metric of an arm is R = sum(y) / sum(x) over its n users. By the delta method (Deng, Knoblich,
// Lu 2018, arXiv 1803.06336) user i moves it by l_i / n:
//   l_i = (y_i - R x_i) / mean(x)          Var(R) = Var(l) / n
// With x = 1 that is the plain mean and its variance. CUPED (Deng, Xu, Kohavi, Walker 2013) takes
// away what the time before the experiment says already: with B and m_i the same of that time,
//   D = (R_arm - R_control) - theta (B_arm - B_control)
// with the theta that makes Var(D) least. E(B_arm - B_control) = 0, as nothing differed then, so D
// estimates the same effect.
#pragma once

#include <optional>

#include "kaskad/experiment/moments.h"
#include "kaskad/experiment/sequential.h"

namespace kaskad::ab {

struct Range {
  double value = 0, low = 0, high = 0;
};

struct EffectOptions {
  double level = 0.95;
  bool cuped = false;
  // Intervals that may be looked at every day; none: they hold for one look, planned beforehand.
  std::optional<SequentialOptions> sequential = {};
};

// R with the interval of a single arm; NaN where no user has anything to divide by.
Range figure_of(const Moments& arm, const EffectOptions& options);

// Standard error of R; with `cuped`, of what is left of it without what the past says.
double figure_error(const Moments& arm, bool cuped);

struct Effect {
  Range difference;  // arm - control
  // (arm - control) / control, the control's own uncertainty included. NaN where the control is 0.
  Range relative;
  double error = 0;          // standard error of the difference
  double p_value = 1;        // two-sided
  double variance_left = 1;  // by CUPED: Var(D) / Var(R_arm - R_control)
};

// NaN throughout where an arm has fewer than two users, or nothing to divide by.
Effect effect_of(const Moments& arm, const Moments& control, const EffectOptions& options);

}  // namespace kaskad::ab
