#include "kaskad/ablation/seed_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace kaskad {
namespace {

constexpr BootstrapOptions kQuick{.resamples = 400, .threads = 1};

TEST(SpreadOverSeeds, IsPooledOverComponents) {
  // Means over requests: 1 and 3, 5 and 5: squares 1 + 1 + 0 + 0 over 1 + 1 degrees. Seed and
  // request explain all of the first; the second leaves .5, -.5, -.5, .5, over 1 + 1 degrees and 2
  // requests.
  const std::vector<SeedDifferences> components = {{{0, 2}, {2, 4}}, {{5, 5}, {4, 6}}};
  const SeedSpread spread = spread_over_seeds(components);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt(2.0 / 2 - 4 * 0.25 / 2 / 2));
  EXPECT_DOUBLE_EQ(spread.freedom, 1 / (0.25 + 0.75 / 2));  // (2 seeds - 1) of 2 components
}

TEST(SpreadOverSeeds, OneComponentHasItsOwnDegreesAndOneSeedHasNone) {
  EXPECT_DOUBLE_EQ(spread_over_seeds(std::vector<SeedDifferences>{{{1}, {2}, {6}}}).freedom, 2);
  EXPECT_EQ(spread_over_seeds(std::vector<SeedDifferences>{{{1, 2}}}).freedom, 0);
}

// What seeds seem to differ by is what few requests answered by chance.
TEST(SpreadOverSeeds, NoiseOfRequestsIsNotThatOfSeeds) {
  const std::vector<SeedDifferences> components = {{{1, -1}, {-1, 1}, {0, 0}}};
  EXPECT_EQ(spread_over_seeds(components).deviation, 0);
  EXPECT_EQ(spread_over_seeds(components).freedom, 2);
}

TEST(ChangeInterval, IsTheMeanOverSeedsAndRequests) {
  const SeedDifferences differences = {{0, 1}, {4, 7}};
  EXPECT_DOUBLE_EQ(change_interval(differences, {}, kQuick).value, (0 + 1 + 4 + 7) / 4.0);
  EXPECT_EQ(change_interval({}, {}, kQuick).value, 0);
}

TEST(ChangeInterval, WithoutAKnownSpreadItIsThatOverRequests) {
  std::vector<double> row(500);
  for (size_t r = 0; r < row.size(); ++r) row[r] = r % 5 == 0 ? 1 : 0;
  const Interval alone = change_interval({row}, {}, kQuick),
                 of_requests = mean_interval(row, kQuick);
  EXPECT_DOUBLE_EQ(alone.low, of_requests.low);
  EXPECT_DOUBLE_EQ(alone.high, of_requests.high);
}

// All requests alike: what is left is Student's t with 4 degrees, 2.776 at 97.5%.
TEST(ChangeInterval, TheSpreadWidensItByStudentsT) {
  const SeedDifferences differences = {{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const Interval change =
      change_interval(differences, {.deviation = 0.2, .freedom = 4}, {.resamples = 20'000});
  EXPECT_DOUBLE_EQ(change.value, 1);
  EXPECT_NEAR(change.high - 1, 2.776 * 0.2 / std::sqrt(4.0), 0.015);
  EXPECT_NEAR(1 - change.low, 2.776 * 0.2 / std::sqrt(4.0), 0.015);
}

// Experiments in which the change of every component is known: a share of seeds' noise that the
// components have in common (the baseline's), one of their own, one of requests, one of both.
struct Experiment {
  size_t components, seeds, requests;
  double of_seeds = 0.1;  // deviation of a training, which others of the same seed do not share

  std::vector<SeedDifferences> draw(std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    std::vector<double> baseline(seeds);
    for (double& of_seed : baseline) of_seed = of_seeds * normal(random);
    std::vector<SeedDifferences> all(components);
    for (SeedDifferences& component : all) {
      std::vector<double> of_request(requests);
      for (double& one : of_request) one = 0.5 * normal(random);
      for (size_t s = 0; s < seeds; ++s) {
        const double of_seed = of_seeds * normal(random) - baseline[s];
        auto& row = component.emplace_back(requests);
        for (size_t r = 0; r < requests; ++r) {
          row[r] = kTruth + of_seed + of_request[r] + 0.5 * normal(random);
        }
      }
    }
    return all;
  }

  // Of the intervals of the first component, how many hold the truth.
  double coverage(bool with_spread) const {
    constexpr int kTrials = 400;
    std::mt19937_64 random(5);
    int held = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      const auto drawn = draw(random);
      const SeedSpread spread = with_spread ? spread_over_seeds(drawn) : SeedSpread{};
      const Interval change =
          change_interval(drawn[0], spread, {.resamples = 400, .seed = random(), .threads = 1});
      held += change.low <= kTruth && kTruth <= change.high;
    }
    return held / double(kTrials);
  }

  static constexpr double kTruth = 0.3;
};

// 95% are promised; the standard error of 400 trials is 1.1%.
TEST(ChangeInterval, HoldsTheTruthAtTheStatedRate) {
  for (const size_t seeds : {2u, 3u, 5u}) {
    for (const size_t components : {1u, 10u}) {
      const double rate = Experiment{components, seeds, 40}.coverage(true);
      EXPECT_GT(rate, 0.91) << components << " components, " << seeds << " seeds";
      EXPECT_LT(rate, 0.985) << components << " components, " << seeds << " seeds";
    }
  }
}

// As in a small log: seeds differ by less than what the requests answer by chance.
TEST(ChangeInterval, HoldsItWhereRequestsAreTheNoise) {
  for (const double of_seeds : {0.0, 0.03}) {
    const double rate = Experiment{10, 2, 40, of_seeds}.coverage(true);
    EXPECT_GT(rate, 0.91) << of_seeds;
    EXPECT_LT(rate, 0.985) << of_seeds;
  }
}

TEST(ChangeInterval, RequestsAloneWouldPromiseTooMuch) {
  EXPECT_LT((Experiment{10, 2, 40}.coverage(false)), 0.85);
}

}  // namespace
}  // namespace kaskad
