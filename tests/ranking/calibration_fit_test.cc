#include "kaskad/ranking/calibration_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kaskad/core/error.h"
#include "kaskad/ranking/simple_rankers.h"
#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

using Values = std::vector<double>;

// Scores 0..3 with labels that fall once: 1 then 0 are pooled to (1 + 0) / 2.
TEST(Isotonic, PoolsWhatDoesNotRise) {
  const IsotonicCurve curve = fit_isotonic({{2, 0, 3, 1}, {0, 0, 1, 1}});
  EXPECT_EQ(curve.scores, (Values{0, 1, 2, 3}));
  EXPECT_EQ(curve.probabilities, (Values{0, 1 / 2.0, 1 / 2.0, 1}));
}

TEST(Isotonic, EqualScoresAreOnePoint) {
  const IsotonicCurve curve = fit_isotonic({{1, 5, 1, 1, 5}, {0, 1, 1, 0, 0}});
  EXPECT_EQ(curve.scores, (Values{1, 5}));
  EXPECT_EQ(curve.probabilities, (Values{1 / 3.0, 1 / 2.0}));
}

TEST(Isotonic, ScoresThatMisleadGiveOneStepOfTheBaseRate) {
  const IsotonicCurve curve = fit_isotonic({{1, 2, 3, 4}, {1, 1, 0, 0}});
  EXPECT_EQ(curve.scores, (Values{1, 4}));
  EXPECT_EQ(curve.probabilities, (Values{1 / 2.0, 1 / 2.0}));
}

// Of all rising curves it has the least squared error: no shift of a step improves it.
TEST(Isotonic, KeepsTheBaseRate) {
  std::mt19937 random(3);
  LabelledScores data;
  for (int i = 0; i < 500; ++i) {
    data.scores.push_back(static_cast<float>(random() % 1000));
    data.labels.push_back(random() % 1000 < 50 + data.scores.back() / 2);
  }
  const ProbabilityCurve curve = fit_isotonic(data);
  double predicted = 0, observed = 0;
  for (size_t i = 0; i < data.scores.size(); ++i) {
    predicted += probability(curve, data.scores[i]);
    observed += data.labels[i];
  }
  EXPECT_NEAR(predicted, observed, 1e-3);
}

// log(p / (1 - p)) = 3 s - 1, drawn 200,000 times.
TEST(Platt, FindsTheCurveThatLabelsWereDrawnFrom) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<double> uniform;
  LabelledScores data;
  for (int i = 0; i < 200'000; ++i) {
    const float score = normal(random);
    data.scores.push_back(score);
    data.labels.push_back(uniform(random) < 1 / (1 + std::exp(-(3 * score - 1))));
  }
  const PlattCurve curve = fit_platt(data);
  EXPECT_NEAR(curve.slope, 3, 0.06);
  EXPECT_NEAR(curve.offset, -1, 0.03);
}

// At the maximum the probabilities add up to the targets: with 3 positives and 1 negative, 3 times
// (3 + 1) / (3 + 2) and once 1 / (1 + 2).
TEST(Platt, TargetsKeepItFromCertainty) {
  const LabelledScores data{{1, 2, 3, -100}, {1, 1, 1, 0}};
  const ProbabilityCurve curve = fit_platt(data);
  double sum = 0;
  for (const float score : data.scores) {
    sum += probability(curve, score);
    EXPECT_LT(probability(curve, score), 0.9);
  }
  EXPECT_NEAR(sum, 3 * 4 / 5.0 + 1 / 3.0, 1e-4);
}

TEST(Platt, ScoresThatSayNothingGiveTheTargetsMean) {
  const ProbabilityCurve curve = fit_platt({{5, 5, 5, 5}, {1, 0, 0, 0}});
  // One positive at (1 + 1) / (1 + 2), three negatives at 1 / (3 + 2).
  EXPECT_NEAR(probability(curve, 5), (2 / 3.0 + 3 / 5.0) / 4, 1e-6);
}

TEST(FitCurve, OtherMethodsAreRefused) {
  EXPECT_THROW(fit_curve("histogram", {{1, 2}, {0, 1}}), Error);
}

TEST(LabelScores, AreThoseOfTheRankersHeadAndTheListsLabels) {
  const ColourLog& log = colour_log();
  const auto found = label_scores(RetrievalOrder(kColourItems), log.log.data, log.validation, 1);
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].scores.size(), log.validation.num_candidates());
  EXPECT_EQ(found[0].scores[1], 1 / 2.0f);  // the second of the first list
  const ImpressionList first = log.validation.list(0);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(found[0].labels[i], first.labels[i] > 0);
}

}  // namespace
}  // namespace kaskad
