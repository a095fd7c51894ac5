// Answers of an experiment's arms, and those of them that are degraded: something stood in for a
// stage that failed. By groups of users, so that arms can be compared. Owned by the guard of arms
// (kaskad/server/arm_guard.h).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/monitor/user_groups.h"

namespace kaskad {

// Thread-safe. As many arms as experiments name.
class ArmAnswers {
 public:
  void add(std::string_view experiment,
           const std::vector<std::pair<std::string, std::string>>& arms,  // layer, arm
           std::string_view user_id, bool degraded);

  struct Group {
    uint32_t answers, degraded;
  };
  // (kUserGroups); empty where the arm has answered nothing.
  std::vector<Group> groups(std::string_view experiment, std::string_view layer,
                            std::string_view arm) const;

 private:
  struct Counts {
    std::atomic<uint32_t> answers{0}, degraded{0};
  };
  using Groups = std::array<Counts, kUserGroups>;

  Groups& groups_of(const std::string& name);

  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<Groups>, std::less<>> arms_;
};

}  // namespace kaskad
