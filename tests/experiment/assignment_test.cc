#include "kaskad/experiment/assignment.h"

#include <gtest/gtest.h>

#include "kaskad/experiment/checks.h"

namespace kaskad {
namespace {

constexpr size_t kUsers = 200'000;

std::string user_name(size_t u) { return "user-" + std::to_string(u); }

// Layers of three arms, a third of the users each but for a rest of 10%.
ExperimentConfig layers_of(const std::vector<std::string>& names, double holdout = 0) {
  std::string text = "name = \"e\"\nholdout = " + std::to_string(holdout) + "\n";
  for (const std::string& name : names) {
    text += "[[layer]]\nname = \"" + name + "\"\n";
    for (const char* arm : {"a", "b", "c"}) {
      text += std::string("[[layer.arm]]\nname = \"") + arm + "\"\nshare = 0.3\n";
    }
  }
  return ExperimentConfig::parse(text, "experiment.toml");
}

// One in a thousand of good hashes fails a test; these salts are fixed, so it is the same always.
constexpr double kOneInAThousand = 0.001;

TEST(Assignment, AUserKeepsTheArm) {
  const Assignment one(layers_of({"x", "y"})), other(layers_of({"x", "y"}));
  for (size_t u = 0; u < 1000; ++u) {
    EXPECT_EQ(one.of(user_name(u)).arms, other.of(user_name(u)).arms);
  }
}

// The answer is part of the format: another version that gave other arms would mix the arms of a
// running experiment.
TEST(Assignment, BucketsOfKnownUsersStay) {
  const Assignment assignment(layers_of({"x", "y"}));
  EXPECT_EQ(assignment.bucket(0, "user-1"), 4181u);
  EXPECT_EQ(assignment.bucket(0, "user-2"), 8018u);
  EXPECT_EQ(assignment.bucket(1, "user-1"), 8151u);
  EXPECT_EQ(assignment.bucket(1, ""), 7939u);
}

TEST(Assignment, SharesAreAsAsked) {
  const Assignment assignment(layers_of({"x"}, 0.05));
  std::vector<double> counts(5);  // arms, rest, held out
  for (size_t u = 0; u < kUsers; ++u) {
    const AssignedArms of = assignment.of(user_name(u));
    ++counts[of.held_out ? 4 : of.arms[0].value_or(3)];
  }
  const std::vector<double> shares = {0.95 * 0.3, 0.95 * 0.3, 0.95 * 0.3, 0.95 * 0.1, 0.05};
  EXPECT_GT(ab::check_sample_ratio(counts, shares).p_value, kOneInAThousand);
}

TEST(Assignment, LayersAreIndependent) {
  const Assignment assignment(layers_of({"x", "y", "x2"}));
  for (const auto& [one, other] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
    std::vector<std::vector<double>> table(4, std::vector<double>(4));
    for (size_t u = 0; u < kUsers; ++u) {
      const AssignedArms of = assignment.of(user_name(u));
      ++table[of.arms[one].value_or(3)][of.arms[other].value_or(3)];
    }
    EXPECT_GT(ab::independence_p(table), kOneInAThousand);
  }
}

TEST(Assignment, HoldoutIsIndependentOfLayers) {
  const ExperimentConfig config = layers_of({"x"}, 0.2);
  const Assignment assignment(config);
  std::vector<std::vector<double>> table(2, std::vector<double>(4));
  for (size_t u = 0; u < kUsers; ++u) {
    const std::string user = user_name(u);
    const auto arm = assignment.arm_of_bucket(0, assignment.bucket(0, user));
    ++table[assignment.held_out(user)][arm.value_or(3)];
    if (assignment.held_out(user)) {
      EXPECT_EQ(assignment.of(user).arms, std::vector<std::optional<size_t>>(1));
    }
  }
  EXPECT_GT(ab::independence_p(table), kOneInAThousand);
}

// Another salt of the experiment deals all cards anew.
TEST(Assignment, ANewSaltGivesUnrelatedArms) {
  ExperimentConfig config = layers_of({"x"});
  const Assignment before(config);
  config.salt = "e2";
  const Assignment after(config);
  std::vector<std::vector<double>> table(4, std::vector<double>(4));
  for (size_t u = 0; u < kUsers; ++u) {
    ++table[before.of(user_name(u)).arms[0].value_or(3)]
           [after.of(user_name(u)).arms[0].value_or(3)];
  }
  EXPECT_GT(ab::independence_p(table), kOneInAThousand);
}

TEST(Assignment, GrowingTheLastArmMovesNobodyElse) {
  ExperimentConfig config = layers_of({"x"});
  const Assignment before(config);
  config.layers[0].arms[2].share = 0.4;
  const Assignment after(config);
  for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    const auto arm = before.arm_of_bucket(0, bucket);
    EXPECT_EQ(after.arm_of_bucket(0, bucket), arm ? arm : std::optional<size_t>(2));
  }
}

TEST(Assignment, SharesOfAThirdLeaveNoBucketOver) {
  ExperimentConfig config = layers_of({"x"});
  for (ExperimentArm& arm : config.layers[0].arms) arm.share = 1.0 / 3;
  const Assignment assignment(config);
  std::vector<int> counts(3);
  for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    ++counts[assignment.arm_of_bucket(0, bucket).value()];
  }
  EXPECT_EQ(counts, (std::vector<int>{3333, 3334, 3333}));
}

}  // namespace
}  // namespace kaskad
