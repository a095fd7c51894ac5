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
      if (i < useful) quality_.acted(user, "1", "a", "click");
    }
  }

  const ExperimentConfig config_;
  PageQuality quality_{{}};
};

TEST_F(ArmComparisonTest, TellsTheChangeAgainstTheControlWithAnIntervalAroundIt) {
  show("old", 3000, 900);
  show("new", 2000, 300);
  const auto found = compare_arms(quality_, config_, "sifr");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].layer, 0U);
  EXPECT_EQ(config_.layers[0].arms[found[0].arm].name, "new");
  EXPECT_DOUBLE_EQ(found[0].change.value, -0.5);
  EXPECT_LT(found[0].change.low, -0.5);
  EXPECT_GT(found[0].change.high, -0.5);
  EXPECT_LT(found[0].change.high, 0) << "it is worse for sure";
}

TEST_F(ArmComparisonTest, ClicksAreComparedByItemsShown) {
  show("old", 3000, 900);
  show("new", 2000, 300);
  const auto found = compare_arms(quality_, config_, "ctr");  // a page has one item
  ASSERT_EQ(found.size(), 1U);
  EXPECT_DOUBLE_EQ(found[0].change.value, -0.5);
  EXPECT_LT(found[0].change.high, 0);
}

TEST_F(ArmComparisonTest, DegradedAnswersAreComparedAsShares) {
  ArmAnswers answers;
  const auto answer = [&](const std::string& arm, int all, int degraded) {
    for (int i = 0; i < all; ++i) {
      answers.add("spring", {{"ranker", arm}}, arm + std::to_string(i), i < degraded);
    }
  };
  answer("old", 1000, 10);
  answer("new", static_cast<int>(kComparedAnswers) - 1, 100);
  EXPECT_TRUE(compare_degraded(answers, config_).empty()) << "too few";
  answer("new", 201, 100);
  const auto found = compare_degraded(answers, config_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_DOUBLE_EQ(found[0].change.value, 0.5 - 0.01);
  EXPECT_GT(found[0].change.low, 0.25);
  EXPECT_LT(found[0].change.low, 0.49);
}

TEST_F(ArmComparisonTest, AnArmThatAlwaysFailsBesideAControlThatNeverDoesIsCertain) {
  ArmAnswers answers;
  for (int i = 0; i < 200; ++i) {
    answers.add("spring", {{"ranker", "old"}}, "o" + std::to_string(i), false);
    answers.add("spring", {{"ranker", "new"}}, "n" + std::to_string(i), true);
  }
  EXPECT_EQ(compare_degraded(answers, config_).at(0).change.low, 1);
}

TEST_F(ArmComparisonTest, SmallDifferencesAreNotToldApart) {
  show("old", 3000, 900);
  show("new", 2000, 590);
  const auto found = compare_arms(quality_, config_, "sifr");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(found[0].change.low, 0);
  EXPECT_GT(found[0].change.high, 0);
}

TEST_F(ArmComparisonTest, WaitsForPagesOfBoth) {
  show("old", 3000, 900);
  show("new", static_cast<int>(kComparedPages) - 1, 10);
  EXPECT_TRUE(compare_arms(quality_, config_, "sifr").empty());
}

TEST_F(ArmComparisonTest, AControlThatWasNeverUsefulIsNothingToCompareWith) {
  show("old", 3000, 0);
  show("new", 3000, 10);
  EXPECT_TRUE(compare_arms(quality_, config_, "sifr").empty());
}

}  // namespace
}  // namespace kaskad
