// What must hold before an effect is believed, and what several arms cost. Called by analysis.h.
#pragma once

#include <span>
#include <vector>

namespace kaskad::ab {

// Whether the arms have the users that their shares would give (Pearson's chi-square). Where they
// do not, users were lost or sent elsewhere for a reason that may have to do with the arm, and no
// figure of the experiment can be trusted (Fabijan et al., KDD 2019).
struct SampleRatio {
  std::vector<double> expected;  // users of each arm
  double chi_square = 0;
  double p_value = 1;
  bool mismatch = false;  // p_value < kMismatch
};

// A healthy experiment is called a mismatch once in a thousand.
inline constexpr double kMismatch = 0.001;

// `shares` may be in any unit; both (arms).
SampleRatio check_sample_ratio(std::span<const double> users, std::span<const double> shares);

// Pearson's chi-square of a table (rows, columns): how likely rows as unlike as these are when all
// of them are drawn alike. 1 where there is nothing to compare. Arms whose shares changed during an
// experiment have users of other days, and can differ by that alone (Simpson's paradox).
double independence_p(const std::vector<std::vector<double>>& table);

// Holm's step-down adjustment: below 0.05 for any arm without effect in at most 5% of experiments,
// however many arms. NaN (an arm that could not be measured) stays and counts for nothing.
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace kaskad::ab
