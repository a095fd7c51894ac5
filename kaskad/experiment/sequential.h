// Intervals and p-values that stay valid however often they are looked at: asymptotic confidence
// sequences with the normal mixture of Robbins (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas,
// "Time-uniform central limit theory and asymptotic confidence sequences", arXiv 2103.06476,
// theorem 2.2), of which the mixture SPRT of Johari, Pekelis and Walsh (arXiv 1512.04922) is the
// test. With n users and u = n rho^2, an estimate with the standard error e has
//   interval:  estimate -+ e sqrt(2 (1 + 1/u) log(sqrt(1 + u) / alpha))
//   p-value:   min(1, sqrt(1 + u) exp(-z^2 u / (2 (1 + u)))),   z = estimate / e
// rho must be fixed beforehand; the interval is narrowest near the users that it was planned for,
//   rho^2 = (-W(-alpha^2 / e) - 1) / planned users,   W the lower branch of Lambert's function
// Planned ten times too large it is 26% wider than that, ten times too small 7%. Called by
// effect.h.
#pragma once

#include <optional>

namespace kaskad::ab {

struct SequentialOptions {
  double planned_users = 10'000;  // of both arms, where the interval shall be narrowest
  // So many are there now, in that unit; nothing: the users that are compared.
  std::optional<double> seen = {};
};

// Standard errors from the estimate to either end; at best 3.03 at 95%, where a single look
// has 1.96.
double always_valid_spread(double users, double level, const SequentialOptions& options);

double always_valid_p(double z, double users, const SequentialOptions& options);

}  // namespace kaskad::ab
