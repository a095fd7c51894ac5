#include "kaskad/monitor/arm_answers.h"

#include <mutex>

namespace kaskad {
namespace {

std::string arm_key(std::string_view experiment, std::string_view layer, std::string_view arm) {
  std::string key(experiment);
  key.append(1, '\0').append(layer).append(1, '\0').append(arm);
  return key;
}

}  // namespace

ArmAnswers::Groups& ArmAnswers::groups_of(const std::string& name) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = arms_.find(name); found != arms_.end()) return *found->second;
  }
  const std::unique_lock lock(mutex_);
  auto& groups = arms_[name];
  if (!groups) groups = std::make_unique<Groups>();
  return *groups;
}

void ArmAnswers::add(std::string_view experiment,
                     const std::vector<std::pair<std::string, std::string>>& arms,
                     std::string_view user_id, bool degraded) {
  const size_t group = user_group(user_id);
  for (const auto& [layer, arm] : arms) {
    Counts& counts = groups_of(arm_key(experiment, layer, arm))[group];
    ++counts.answers;
    counts.degraded += degraded;
  }
}

std::vector<ArmAnswers::Group> ArmAnswers::groups(std::string_view experiment,
                                                  std::string_view layer,
                                                  std::string_view arm) const {
  std::vector<Group> groups;
  const std::shared_lock lock(mutex_);
  const auto found = arms_.find(arm_key(experiment, layer, arm));
  if (found == arms_.end()) return groups;
  for (const Counts& counts : *found->second) {
    const uint32_t degraded = counts.degraded;  // before answers: never more than all
    groups.push_back({counts.answers, degraded});
  }
  return groups;
}

}  // namespace kaskad
