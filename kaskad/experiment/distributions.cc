#include "kaskad/experiment/distributions.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>

namespace kaskad::ab {

namespace math = boost::math;

double normal_quantile(double probability) { return math::quantile(math::normal(), probability); }

double student_two_sided(double t, double freedom) {
  if (!std::isfinite(t)) return 0;
  return 2 * math::cdf(math::complement(math::students_t(freedom), std::abs(t)));
}

double student_spread(double level, double freedom) {
  return math::quantile(math::complement(math::students_t(freedom), (1 - level) / 2));
}

double chi_square_upper(double value, double freedom) {
  return math::cdf(math::complement(math::chi_squared(freedom), value));
}

double lambert_lower(double x) { return math::lambert_wm1(x); }

}  // namespace kaskad::ab
