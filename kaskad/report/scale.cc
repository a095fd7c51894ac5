#include "kaskad/report/scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace kaskad::html {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// 1, 2 or 5 times a power of ten, so that `span` has about `wanted` steps.
double round_step(double span, int wanted) {
  const double rough = span / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

}  // namespace

Scale Scale::exact(const std::vector<double>& values) {
  Scale scale;
  scale.low_ = kInfinity;
  scale.high_ = -kInfinity;
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    scale.low_ = std::min(scale.low_, value);
    scale.high_ = std::max(scale.high_, value);
  }
  if (scale.low_ > scale.high_) scale.low_ = 0, scale.high_ = 1;
  if (scale.low_ == scale.high_) {  // one value only: in the middle of an interval around it
    const double room = scale.low_ == 0 ? 1 : std::abs(scale.low_) * 0.1;
    scale.low_ -= room;
    scale.high_ += room;
  }
  return scale;
}

Scale Scale::linear(const std::vector<double>& values, bool from_zero) {
  std::vector<double> ends = values;
  if (from_zero) {
    const bool flat = std::all_of(ends.begin(), ends.end(), [](double end) { return !(end > 0); });
    ends.insert(ends.end(), {0, flat ? 1.0 : 0});
  }
  Scale scale = exact(ends);
  const double step = round_step(scale.high_ - scale.low_, 4);
  scale.low_ = std::floor(scale.low_ / step + 1e-9) * step;
  scale.high_ = std::ceil(scale.high_ / step - 1e-9) * step;
  return scale;
}

Scale Scale::logarithmic(const std::vector<double>& values) {
  Scale scale;
  scale.log_ = true;
  scale.low_ = kInfinity;
  scale.high_ = -kInfinity;
  for (double value : values) {
    if (!std::isfinite(value) || value <= 0) continue;
    scale.low_ = std::min(scale.low_, value);
    scale.high_ = std::max(scale.high_, value);
  }
  if (scale.low_ > scale.high_) scale.low_ = 1, scale.high_ = 10;
  if (scale.low_ == scale.high_) scale.high_ = scale.low_ * 10;
  return scale;
}

double Scale::fraction(double value) const {
  if (!std::isfinite(value) || (log_ && value <= 0)) return 0;
  const double at =
      log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return std::clamp(at, 0.0, 1.0);
}

std::string Scale::percent(double value) const { return percent_length(fraction(value)); }
std::string Scale::percent_down(double value) const { return percent_length(1 - fraction(value)); }

std::vector<double> Scale::ticks(int wanted) const {
  std::vector<double> values;
  if (!log_) {
    const double step = round_step(high_ - low_, wanted);
    // Counting in steps keeps 0 exact and 0.3 from becoming 0.30000000000000004.
    for (double n = std::ceil(low_ / step - 1e-9); n * step <= high_ + step * 1e-9; ++n)
      values.push_back(n * step);
    return values;
  }
  const double first = std::ceil(std::log10(low_) - 1e-9);
  const double last = std::floor(std::log10(high_) + 1e-9);
  if (last - first < 1) {  // less than two powers of ten inside: 1, 2, 5
    for (double power = std::floor(std::log10(low_)); power <= last + 1; ++power)
      for (double factor : {1.0, 2.0, 5.0})
        if (double tick = factor * std::pow(10, power); tick >= low_ && tick <= high_)
          values.push_back(tick);
    return values;
  }
  const double stride = std::ceil((last - first + 1) / wanted);
  for (double power = first; power <= last; power += stride) values.push_back(std::pow(10, power));
  return values;
}

std::string percent_length(double fraction) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f%%", 100 * fraction);
  return buffer;
}

}  // namespace kaskad::html
