#include "kaskad/experiment/sequential.h"

#include <algorithm>
#include <cmath>

#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {
namespace {

// Planned for an alpha of 5%, whatever level is asked for: one rho, so that intervals of all levels
// and the p-value agree with each other.
double scaled_users(double users, const SequentialOptions& options) {
  static const double planned = -lambert_lower(-0.05 * 0.05 * std::exp(-1.0)) - 1;  // n rho^2
  return planned * users / options.planned_users;
}

}  // namespace

double always_valid_spread(double users, double level, const SequentialOptions& options) {
  const double u = scaled_users(users, options);
  return std::sqrt(2 * (1 + 1 / u) * (0.5 * std::log1p(u) - std::log(1 - level)));
}

double always_valid_p(double z, double users, const SequentialOptions& options) {
  if (!std::isfinite(z)) return 0;
  const double u = scaled_users(users, options);
  return std::min(1.0, std::sqrt(1 + u) * std::exp(-z * z * u / (2 * (1 + u))));
}

}  // namespace kaskad::ab
