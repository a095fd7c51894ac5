// How long an experiment must run to see an effect, and what it sees in a given time. Called by
// `kaskad ab --power`.
//
// With e the standard error of the metric over all users together, arms of the shares a and b of
// them differ by an estimate of the variance e^2 (1/a + 1/b), and an effect is found with the
// probability `power` when it is at least
//   d = (s + z(power)) e sqrt(1/a + 1/b),    s = z(1 - alpha/2), or that of sequential.h
// e over the days of a log is measured, the same users coming back included; beyond it falls with
// the square root of the days, which takes new users to come as before.
#pragma once

#include <optional>
#include <vector>

#include "kaskad/experiment/sequential.h"

namespace kaskad::ab {

struct PowerOptions {
  double level = 0.95, power = 0.8;
  double arm_share = 0.5, control_share = 0.5;       // of the users
  std::optional<SequentialOptions> sequential = {};  // intervals that are looked at every day
};

// One value a day of a log, over all users up to its end; one of one day when stated.
struct PowerBasis {
  double baseline = 0;
  std::vector<double> errors;  // the metric's standard error
  std::vector<double> users;
};

// From a stated mean per user, its standard deviation over users and new users a day.
PowerBasis stated_basis(double baseline, double deviation, double users_per_day);

double error_after(const PowerBasis& basis, double days);
double users_after(const PowerBasis& basis, double days);

// The least effect found, as a share of the baseline.
double detectable_effect(const PowerBasis& basis, double days, const PowerOptions& options);

// Whole days until an effect of this share of the baseline is found; nothing within `most` days.
std::optional<int> days_needed(const PowerBasis& basis, double relative_effect,
                               const PowerOptions& options, int most = 3650);

}  // namespace kaskad::ab
