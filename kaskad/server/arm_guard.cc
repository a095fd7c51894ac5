#include "kaskad/server/arm_guard.h"

#include <cstdio>

#include "kaskad/core/utc.h"
#include "kaskad/server/arm_comparison.h"

namespace kaskad {
namespace {

// "-12.3%"
std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%+.1f%%", 100 * share);
  return text;
}

std::string interval_text(const ab::Range& range) {
  return percent(range.value) + " (95% interval " + percent(range.low) + " to " +
         percent(range.high) + ")";
}

}  // namespace

ArmGuard::ArmGuard(const LiveState* live, std::function<void(const std::string&)> tell)
    : live_(live), tell_(std::move(tell)) {}

void ArmGuard::answered(const Served& served,
                        const std::vector<std::pair<std::string, std::string>>& arms,
                        std::string_view user_id, bool degraded) {
  if (!served.arms || !served.arms->config().take_down || arms.empty()) return;
  answers_.add(served.arms->config().name, arms, user_id, degraded);
  if (++seen_ % kAnswersALook == 0) look(*served.arms);
}

void ArmGuard::look(const CascadeArms& arms) {
  const ExperimentConfig& config = arms.config();
  const TakeDownRule& rule = *config.take_down;
  repeat(arms);  // one that went while these were loaded
  for (const auto& [layer, arm, change] : compare_degraded(answers_, config)) {
    if (change.low <= rule.degraded) continue;
    take_down(arms, layer, arm, "degraded",
              "its share of degraded answers differs by " + interval_text(change));
  }
  if (!live_) return;
  for (const auto& [layer, arm, change] : compare_arms(live_->quality(), config, rule.metric)) {
    if (change.high >= -rule.margin) continue;
    take_down(arms, layer, arm, rule.metric,
              "its " + rule.metric + " changes by " + interval_text(change));
  }
}

void ArmGuard::take_down(const CascadeArms& arms, size_t layer, size_t arm,
                         const std::string& reason, const std::string& why) {
  if (!arms.take_down(layer, arm)) return;  // by another thread, or at an earlier look
  const ExperimentConfig& config = arms.config();
  const ExperimentLayer& of = config.layers[layer];
  TakenArm taken{.experiment = config.name,
                 .layer = of.name,
                 .arm = of.arms[arm].name,
                 .control = of.arms[of.control].name,
                 .reason = reason,
                 .why = why,
                 .seconds = seconds_since_1970()};
  if (tell_) {
    tell_("experiment '" + taken.experiment + "': took down the arm '" + taken.arm +
          "' of the layer '" + taken.layer + "', whose users get '" + taken.control +
          "' from here on: against it, " + why);
  }
  const std::lock_guard lock(mutex_);
  taken_.push_back(std::move(taken));
}

void ArmGuard::begin(const Served& served) const {
  if (served.arms) repeat(*served.arms);
}

void ArmGuard::repeat(const CascadeArms& arms) const {
  const ExperimentConfig& config = arms.config();
  for (const TakenArm& taken : this->taken()) {
    if (taken.experiment != config.name) continue;
    for (size_t l = 0; l < config.layers.size(); ++l) {
      const ExperimentLayer& layer = config.layers[l];
      for (size_t a = 0; a < layer.arms.size(); ++a) {
        const bool same = layer.name == taken.layer && layer.arms[a].name == taken.arm;
        if (same && a != layer.control) arms.take_down(l, a);
      }
    }
  }
}

std::vector<TakenArm> ArmGuard::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace kaskad
