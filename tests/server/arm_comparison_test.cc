#include "kaskad/server/arm_comparison.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

class ArmComparisonTest : public testing::Test {
 protected:
  ArmComparisonTest()
      : config_(ExperimentConfig::parse("name = \"spring\"\n"
                                        "[[layer]]\nname = \"ranker\"\ncontrol = \"old\"\n"
                                        "[[layer.arm]]\nname = \"new\"\nshare = 0.5\n"
                                        "[[layer.arm]]\nname = \"old\"\nshare = 0.5\n",
                                        "experiment.toml")) {}

  // Pages of as many users, the first `useful` of which find something.
  void show(const std::string& arm, int pages, int useful) {
    const std::vector<std::string_view> items = {"a"};
    const std::vector<std::pair<std::string, std::string>> arms = {{"ranker", arm}};
    for (int i = 0; i < pages; ++i) {
      const std::string user = arm + std::to_string(i);
      quality_.shown({.user_id = user,
                      .request_id = "1",
                      .version = "1",
                      .experiment = "spring",
                      .arms = arms,
                      .items = items});
      if (i < useful) quality_.acted(user, "1", "a", "save");
    }
  }

  const ExperimentConfig config_;
  PageQuality quality_{{}};
};

TEST_F(ArmComparisonTest, TellsTheChangeAgainstTheControlWithAnIntervalAroundIt) {
  show("old", 3000, 900);
  show("new", 2000, 300);
  const auto found = compare_arms(quality_, config_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].layer + " " + found[0].arm + " " + found[0].control, "ranker new old");
  EXPECT_DOUBLE_EQ(found[0].sifr.value, -0.5);
  EXPECT_LT(found[0].sifr.low, -0.5);
  EXPECT_GT(found[0].sifr.high, -0.5);
  EXPECT_LT(found[0].sifr.high, 0) << "it is worse for sure";
}

TEST_F(ArmComparisonTest, SmallDifferencesAreNotToldApart) {
  show("old", 3000, 900);
  show("new", 2000, 590);
  const auto found = compare_arms(quality_, config_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(found[0].sifr.low, 0);
  EXPECT_GT(found[0].sifr.high, 0);
}

TEST_F(ArmComparisonTest, WaitsForPagesOfBoth) {
  show("old", 3000, 900);
  show("new", static_cast<int>(kComparedPages) - 1, 10);
  EXPECT_TRUE(compare_arms(quality_, config_).empty());
}

TEST_F(ArmComparisonTest, AControlThatWasNeverUsefulIsNothingToCompareWith) {
  show("old", 3000, 0);
  show("new", 3000, 10);
  EXPECT_TRUE(compare_arms(quality_, config_).empty());
}

}  // namespace
}  // namespace kaskad
