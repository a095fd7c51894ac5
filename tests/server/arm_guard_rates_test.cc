// How often an arm as good as its control is taken down, over many simulated canaries that are
// looked at as the guard looks: every 128 answers, from 1,000 pages of the arm on.
#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/experiment/grouped.h"
#include "kaskad/server/arm_comparison.h"
#include "kaskad/server/arm_guard.h"
#include "tests/experiment/simulated.h"

namespace kaskad {
namespace {

constexpr double kShare = 0.1;  // of the users, in the canary
constexpr size_t kUsers = 3000, kPages = 40'000;

struct CanaryUser {
  ab::SimulatedUser habits;
  bool in_canary;
  size_t group;
};

// Whether the rule takes the canary down, whose pages are useful more often by `lift`.
bool taken_down(double lift, double margin, ab::Random& random) {
  std::vector<CanaryUser> users;
  for (size_t u = 0; u < kUsers; ++u) {
    users.push_back({ab::draw_user(random), ab::uniform(random) < kShare, random() % kUserGroups});
  }
  std::vector<ab::GroupSums> canary(kUserGroups), control(kUserGroups);
  double canary_pages = 0;
  const ab::EffectOptions options{.sequential =
                                      ab::SequentialOptions{.planned_users = kPlannedPages}};
  for (size_t page = 0; page < kPages;) {
    const CanaryUser& user = users[random() % kUsers];
    if (ab::uniform(random) * 20 > user.habits.often) continue;  // who comes often shows more pages
    ab::GroupSums& sums = (user.in_canary ? canary : control)[user.group];
    sums.below += 1;
    sums.above += ab::uniform(random) < user.habits.find + (user.in_canary ? lift : 0);
    canary_pages += user.in_canary;
    if (++page % ArmGuard::kAnswersALook != 0 || canary_pages < kComparedPages) continue;
    if (ab::effect_of_groups(canary, control, options).relative.high < -margin) return true;
  }
  return false;
}

double share_taken_down(double lift, double margin, int canaries, uint64_t seed) {
  ab::Random random(seed);
  int taken = 0;
  for (int c = 0; c < canaries; ++c) taken += taken_down(lift, margin, random);
  const double share = static_cast<double>(taken) / canaries;
  testing::Test::RecordProperty("taken_down", std::to_string(share));
  return share;
}

// One end of a 95% interval: 2.5%, with four deviations of 500 canaries. Each has some 230 looks.
TEST(ArmGuardRates, AnEqualCanaryIsRarelyTakenDownHoweverOftenItIsLookedAt) {
  constexpr int kCanaries = 500;
  const double bound = 0.025 + 4 * std::sqrt(0.025 * 0.975 / kCanaries);
  EXPECT_LE(share_taken_down(0, 0, kCanaries, 3), bound);
}

TEST(ArmGuardRates, WithAMarginOfATenthHardlyEver) {
  EXPECT_LE(share_taken_down(0, 0.1, 200, 4), 0.01);
}

// The pages of these users are useful in half of all cases: a loss of 0.2 is one of two fifths.
TEST(ArmGuardRates, ACanaryThatIsMuchWorseIsNearlyAlwaysTakenDown) {
  EXPECT_GE(share_taken_down(-0.2, 0.1, 100, 5), 0.95);
}

}  // namespace
}  // namespace kaskad
