#include "kaskad/monitor/score_drift.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace kaskad {
namespace {

constexpr DriftOptions kSmall = {
    .bins = 10, .reference_answers = 50, .trial_answers = 40, .window = 1000, .least_answers = 20};

class ScoreDriftTest : public testing::Test {
 protected:
  std::vector<float> answer(float shift = 0) {
    std::vector<float> scores(20);
    for (float& score : scores) score = normal_(random_) + shift;
    return scores;
  }
  void observe(int answers, float shift = 0) {
    for (int i = 0; i < answers; ++i) drift_.observe(answer(shift));
  }
  void try_users(int answers) {
    for (int i = 0; i < answers; ++i) drift_.add_trial(answer());
    drift_.end_trials();
  }
  double psi() const { return drift_.reading().value().psi.value(); }

  std::mt19937 random_{3};
  std::normal_distribution<float> normal_;
  ScoreDrift drift_{kSmall};
};

TEST_F(ScoreDriftTest, TrialsAreTheReference) {
  try_users(40);
  EXPECT_TRUE(drift_.reading()->of_trials);
  EXPECT_FALSE(drift_.reading()->psi) << "nobody has asked yet";
  observe(19);
  EXPECT_FALSE(drift_.reading()->psi) << "too few answers";
  observe(31);
  EXPECT_LT(psi(), 0.1);
  observe(50, 1);
  EXPECT_GT(psi(), 0.5);
}

TEST_F(ScoreDriftTest, WithoutEnoughTrialsTheFirstAnswersAreTheReference) {
  try_users(39);
  EXPECT_FALSE(drift_.reading());
  observe(49);
  EXPECT_FALSE(drift_.reading());
  observe(1);
  ASSERT_TRUE(drift_.reading());
  EXPECT_FALSE(drift_.reading()->of_trials);
  EXPECT_EQ(drift_.reading()->answers, 0U);
  observe(50, 1);
  EXPECT_GT(psi(), 0.5);
}

TEST_F(ScoreDriftTest, OnlyTheNewestScoresCount) {
  try_users(40);
  observe(100, 3);
  EXPECT_GT(psi(), 1);
  observe(50);  // 50 answers of 20 scores: the whole window
  EXPECT_LT(psi(), 0.1);
}

TEST_F(ScoreDriftTest, AnswersWithoutScoresAndScoresThatAreNoNumbersSayNothing) {
  try_users(40);
  observe(50);
  const double before = psi();
  drift_.observe({});
  const float odd[] = {std::numeric_limits<float>::infinity(),
                       std::numeric_limits<float>::quiet_NaN()};
  drift_.observe(odd);
  EXPECT_EQ(psi(), before);
  EXPECT_EQ(drift_.reading()->answers, 51U);
}

}  // namespace
}  // namespace kaskad
