// Quantiles and tail areas (Boost.Math), where Boost stays inside the folder. Called by the tests
// of this folder's analysis.
#pragma once

namespace kaskad::ab {

double normal_quantile(double probability);

// Both tails beyond |t| of Student's t; freedom of infinity is the normal distribution.
double student_two_sided(double t, double freedom);
// The t that leaves (1 - level) / 2 above it.
double student_spread(double level, double freedom);

// The area above `value`.
double chi_square_upper(double value, double freedom);

// Lower branch of Lambert's W: w <= -1 with w e^w = x, for x of -1/e to 0.
double lambert_lower(double x);

}  // namespace kaskad::ab
