#include "kaskad/experiment/power.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {

PowerBasis stated_basis(double baseline, double deviation, double users_per_day) {
  KASKAD_ASSERT(users_per_day > 0);
  return {baseline, {deviation / std::sqrt(users_per_day)}};
}

double error_after(const PowerBasis& basis, double days) {
  KASKAD_ASSERT(!basis.errors.empty() && days > 0);
  const auto measured = static_cast<double>(basis.errors.size());
  if (days >= measured) return basis.errors.back() * std::sqrt(measured / days);
  const auto day = static_cast<size_t>(std::max(1.0, std::ceil(days)));
  return basis.errors[day - 1];
}

double detectable_effect(const PowerBasis& basis, double days, const PowerOptions& options) {
  const double reach =
      normal_quantile(1 - (1 - options.level) / 2) + normal_quantile(options.power);
  return reach * error_after(basis, days) *
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
