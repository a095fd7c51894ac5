#include "kaskad/experiment/power.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {

namespace {

// The measured day that `days` falls on; behind the last one: nothing.
std::optional<size_t> measured_day(const PowerBasis& basis, double days) {
  KASKAD_ASSERT(!basis.errors.empty() && basis.users.size() == basis.errors.size() && days > 0);
  if (days >= static_cast<double>(basis.errors.size())) return std::nullopt;
  return static_cast<size_t>(std::max(1.0, std::ceil(days))) - 1;
}

}  // namespace

PowerBasis stated_basis(double baseline, double deviation, double users_per_day) {
  KASKAD_ASSERT(users_per_day > 0);
  return {baseline, {deviation / std::sqrt(users_per_day)}, {users_per_day}};
}

double error_after(const PowerBasis& basis, double days) {
  if (const auto day = measured_day(basis, days)) return basis.errors[*day];
  return basis.errors.back() * std::sqrt(static_cast<double>(basis.errors.size()) / days);
}

double users_after(const PowerBasis& basis, double days) {
  if (const auto day = measured_day(basis, days)) return basis.users[*day];
  return basis.users.back() * days / static_cast<double>(basis.errors.size());
}

double detectable_effect(const PowerBasis& basis, double days, const PowerOptions& options) {
  const double compared = options.arm_share + options.control_share;  // of the users
  const double spread = options.sequential
                            ? always_valid_spread(compared * users_after(basis, days),
                                                  options.level, *options.sequential)
                            : normal_quantile(1 - (1 - options.level) / 2);
  return (spread + normal_quantile(options.power)) * error_after(basis, days) *
         std::sqrt(1 / options.arm_share + 1 / options.control_share) / std::abs(basis.baseline);
}

std::optional<int> days_needed(const PowerBasis& basis, double relative_effect,
                               const PowerOptions& options, int most) {
  for (int day = 1; day <= most; ++day) {
    if (detectable_effect(basis, day, options) <= std::abs(relative_effect)) return day;
  }
  return std::nullopt;
}

}  // namespace kaskad::ab
