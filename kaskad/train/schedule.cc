#include "kaskad/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kaskad::train {

double learning_rate_at(const Recipe& recipe, int64_t step, int64_t steps) {
  const int64_t warmup = recipe.warmup_steps;
  if (step < warmup) {
    return recipe.learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  if (recipe.schedule == ScheduleKind::kConstant) return recipe.learning_rate;
  const auto length = static_cast<double>(std::max<int64_t>(1, steps - warmup));
  const double done = std::min(1.0, static_cast<double>(step - warmup) / length);
  return recipe.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace kaskad::train
