#include "kaskad/grid/advice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/dataset/messages.h"
#include "tests/grid/planted_log.h"

namespace kaskad {
namespace {

constexpr size_t kCases = 200;
const LogFacts kFacts{.has_clock = true, .has_content = true, .num_items = 100, .days = 100};

// A variant that scored `ndcg` in every second case and 0 in the others, plus `noise` of either
// sign by turns, so that an interval has some width.
VariantScore scored(const Variant& variant, double ndcg, double noise = 0) {
  VariantScore score{variant, ndcg / 2, ndcg / 2, {}, {}};
  for (size_t c = 0; c < kCases; ++c) {
    const double value = (c % 2 ? ndcg : 0) + (c % 4 < 2 ? noise : -noise);
    score.case_ndcg.push_back(static_cast<float>(value));
    score.case_hit.push_back(static_cast<float>(value));
  }
  return score;
}

std::vector<VariantScore> sorted(std::vector<VariantScore> scores) {
  std::stable_sort(scores.begin(), scores.end(),
                   [](const VariantScore& a, const VariantScore& b) { return a.ndcg > b.ndcg; });
  return scores;
}

Advice about(const std::string& topic, const std::vector<VariantScore>& leaders) {
  for (const Advice& piece : make_advice(leaders, kFacts, {.threads = 1})) {
    if (piece.topic == topic) return piece;
  }
  return {};
}

// A trend is worth .4; distance is worth `near` with and without it.
std::vector<VariantScore> trend_and_distance(double near) {
  const auto pairs = [](uint32_t window, double tau) {
    return variant_of({.window = window, .age_tau = tau});
  };
  return sorted({scored(pairs(20, 7), 0.8 + near, 0.1), scored(pairs(0, 7), 0.8),
                 scored(pairs(20, 0), 0.4 + near, 0.1), scored(pairs(0, 0), 0.4)});
}

TEST(Advice, ComparesWhatIsAlikeInAllElse) {
  // The best with a window has a trend too; the best without a window must have it as well.
  const Advice distance = about("distance", trend_and_distance(0.001));
  EXPECT_EQ(distance.verdict, "no difference found") << distance.evidence;
  EXPECT_NEAR(distance.difference.value, 0.0005, 1e-6);
  EXPECT_EQ(about("distance", trend_and_distance(0.2)).verdict, "helps");
  EXPECT_EQ(about("distance", trend_and_distance(-0.2)).verdict, "hurts");
  const Advice trend = about("trend", trend_and_distance(0));
  EXPECT_EQ(trend.verdict, "helps");
  EXPECT_NEAR(trend.difference.value, 0.2, 1e-6);
}

TEST(Advice, NoDifferenceIsWordedAsNotFoundWithTheInterval) {
  const Advice distance = about("distance", trend_and_distance(0.001));
  EXPECT_TRUE(contains(distance.advice, "These 200 cases cannot tell (-0.0")) << distance.advice;
  EXPECT_TRUE(contains(distance.evidence, "200 cases"));
}

TEST(Advice, SaysNothingOfWhatWasNeverTriedAlone) {
  // Content comes only together with another window.
  Variant content = variant_of({.window = 5});
  content.matrix.content = 0.1;
  const Advice found =
      about("content", sorted({scored(content, 0.9), scored(variant_of({.window = 20}), 0.2)}));
  EXPECT_EQ(found.verdict, "unknown");
}

std::string recipe(const std::vector<std::pair<std::string, std::string>>& verdicts,
                   const Variant& winner, const LogFacts& facts = kFacts) {
  std::vector<Advice> advice;
  for (const auto& [topic, verdict] : verdicts) advice.push_back({topic, verdict, "", "", {}});
  return starting_recipe(advice, scored(winner, 0.5), facts);
}

TEST(StartingRecipe, NeverContradictsItsReasons) {
  const Variant plain = variant_of({});
  const std::string causal =
      recipe({{"recency of the history", "helps"}, {"direction", "no difference found"}}, plain);
  EXPECT_TRUE(contains(causal, "model = \"sasrec\"  # recency of the history helps\n")) << causal;
  EXPECT_TRUE(contains(causal, "causal = true  # direction: no difference found\n")) << causal;
  // Where looking both ways was better, the model that does so is named.
  const std::string both =
      recipe({{"recency of the history", "helps"}, {"direction", "hurts"}}, plain);
  EXPECT_TRUE(contains(both, "model = \"bert4rec\"")) << both;
  EXPECT_TRUE(contains(both, "causal = false  # direction hurts\n")) << both;
  // A pooled model has no direction to contradict.
  const std::string pooled = recipe({{"recency of the history", "no difference found"},
                                     {"distance", "hurts"},
                                     {"direction", "hurts"}},
                                    plain);
  EXPECT_TRUE(contains(pooled,
                       "model = \"two_tower\"  # recency of the history: no difference "
                       "found, distance hurts\n"))
      << pooled;
  EXPECT_FALSE(contains(pooled, "causal")) << pooled;
}

TEST(StartingRecipe, TakesFeaturesThatTheBestMatrixHas) {
  Variant winner = variant_of({.age_tau = 7});
  winner.matrix.content = 0.4;
  const std::string unclear =
      recipe({{"content", "no difference found"}, {"trend", "helps"}}, winner);
  EXPECT_TRUE(contains(unclear,
                       "item_features = true  # content: no difference found, but the "
                       "best matrix has it\n"))
      << unclear;
  EXPECT_TRUE(contains(unclear, "time_features = true  # trend helps\n")) << unclear;
  const std::string without = recipe({{"content", "no difference found"}}, variant_of({}));
  EXPECT_TRUE(contains(without, "item_features = false")) << without;
}

TEST(StartingRecipe, ALargeCatalogueSamplesByTheAdviceOnPopularity) {
  LogFacts large = kFacts;
  large.num_items = 60'000;
  const std::string text = recipe({{"popularity correction", "helps"}}, variant_of({}), large);
  EXPECT_TRUE(contains(text, "negatives = \"mixed\"  # popularity correction helps\n")) << text;
  EXPECT_TRUE(contains(text, "logq = \"corrected\"")) << text;
}

// The winner is a step from the centre, and its own steps were not tried.
TEST(MarginalEffects, AreReadAroundTheVariantWhoseStepsWereTried) {
  const Variant centre = variant_of({.window = 10});
  const auto turned = [&](uint32_t window, double power) {
    Variant variant = centre;
    variant.matrix.weighting.window = window;
    variant.matrix.normalisation.target_power = power;
    return variant;
  };
  const std::vector<VariantScore> leaders =
      sorted({scored(turned(20, 0), 0.6), scored(centre, 0.5), scored(turned(5, 0), 0.3),
              scored(turned(10, 0.25), 0.48), scored(turned(50, 0.5), 0.1)});
  const auto effects = marginal_effects(leaders, centre, kFacts, {.threads = 1});
  ASSERT_EQ(effects.size(), 2u);
  EXPECT_EQ(effects[0].knob, "window");  // a step of it moves .2 / 2, one of the other .02 / 2
  EXPECT_EQ(effects[1].knob, "popularity power");
  std::map<std::string, std::optional<Interval>> windows;
  for (const KnobEffect& value : effects[0].values) {
    windows[value.value] = value.paired;
    EXPECT_EQ(value.at_centre, value.value == "10");
  }
  ASSERT_TRUE(windows["20"] && windows["5"] && windows["10"]);
  EXPECT_NEAR(windows["20"]->value, 0.05, 1e-6);
  EXPECT_NEAR(windows["5"]->value, -0.1, 1e-6);
  EXPECT_EQ(windows["10"]->value, 0);
  EXPECT_FALSE(windows["50"]) << "differs from the centre by another knob too";
  EXPECT_EQ(effects[0].values.size(), 4u);
}

}  // namespace
}  // namespace kaskad
