#include "kaskad/experiment/grouped.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/experiment/simulated.h"

namespace kaskad::ab {
namespace {

constexpr size_t kGroups = 256;
using Groups = std::vector<GroupSums>;

// Users of an arm who come back for `days`, into the groups that a hash would give them.
class Arm {
 public:
  Arm(size_t users, Random& random) : groups_(kGroups) {
    for (size_t u = 0; u < users; ++u) users_.push_back({draw_user(random), random() % kGroups});
  }
  void browse_a_day(double lift, Random& random) {
    for (const auto& [user, group] : users_) {
      browse(user, lift, 0, random, groups_[group].above, groups_[group].below);
    }
  }
  const Groups& groups() const { return groups_; }

 private:
  struct User {
    SimulatedUser habits;
    size_t group;
  };
  std::vector<User> users_;
  Groups groups_;
};

TEST(GroupedEffect, IsThatOfUsersWhereEachHasAGroup) {
  const Groups arm = {{3, 4}, {1, 4}, {0, 2}}, control = {{1, 4}, {1, 3}, {0, 4}};
  Moments arm_users, control_users;
  for (const GroupSums& g : arm) arm_users.add({.above = g.above, .below = g.below});
  for (const GroupSums& g : control) control_users.add({.above = g.above, .below = g.below});
  const Effect grouped = effect_of_groups(arm, control, {});
  const Effect by_user = effect_of(arm_users, control_users, {});
  EXPECT_DOUBLE_EQ(grouped.relative.value, (0.4 - 2.0 / 11) / (2.0 / 11));
  EXPECT_DOUBLE_EQ(grouped.relative.low, by_user.relative.low);
  EXPECT_DOUBLE_EQ(grouped.p_value, by_user.p_value);
}

TEST(GroupedEffect, AnArmWithoutPagesHasNone) {
  const Groups some = {{1, 4}, {1, 3}}, none = {{0, 0}, {0, 0}};
  EXPECT_TRUE(std::isnan(effect_of_groups(none, some, {}).relative.value));
}

// Looked at every evening for two weeks, in 300 experiments without effect: at most 5% are called
// (and four deviations of that), though pages of one user are far from independent. With a fifth of
// all pages more being useful nearly all are.
TEST(GroupedEffect, KeepsItsRateHoweverOftenItIsLookedAt) {
  constexpr int kExperiments = 300, kDays = 14;
  constexpr size_t kUsers = 150;
  const EffectOptions options{.sequential = SequentialOptions{.planned_users = 20'000}};
  Random random(11);
  const auto share_called = [&](double lift) {
    int called = 0;
    for (int e = 0; e < kExperiments; ++e) {
      Arm arm(kUsers, random), control(kUsers, random);
      bool found = false;
      for (int day = 0; day < kDays; ++day) {
        arm.browse_a_day(lift, random);
        control.browse_a_day(0, random);
        const Range change = effect_of_groups(arm.groups(), control.groups(), options).relative;
        found |= change.low > 0 || change.high < 0;
      }
      called += found;
    }
    return static_cast<double>(called) / kExperiments;
  };
  EXPECT_LE(share_called(0), 0.05 + 4 * std::sqrt(0.05 * 0.95 / kExperiments));
  EXPECT_GT(share_called(0.2), 0.9);
}

}  // namespace
}  // namespace kaskad::ab
