#include "kaskad/train/negatives.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

// Shares of 12 items in many draws, and what the sampler says they are.
class SamplerOf : public testing::TestWithParam<NegativeKind> {
 protected:
  static constexpr int64_t kItems = 12;
  static constexpr int64_t kDraws = 200'000;

  std::unique_ptr<NegativeSampler> sampler(uint64_t seed) {
    Recipe recipe;
    recipe.negatives = GetParam();
    recipe.mixed_share = 0.25;
    recipe.popularity_power = 0.5;
    return make_sampler(recipe, frequency_, seeded(seed));
  }

  const CountedFrequency frequency_{{40, 20, 10, 8, 6, 5, 4, 3, 2, 1, 1, 0}};
  // A batch whose targets are distributed exactly as counted.
  const Tensor targets_ = torch::arange(kItems).repeat_interleave(
      torch::tensor({40, 20, 10, 8, 6, 5, 4, 3, 2, 1, 1, 0}, torch::kInt64));
};

TEST_P(SamplerOf, DrawsWithTheProbabilityItStates) {
  const std::unique_ptr<NegativeSampler> sampler = this->sampler(1);
  const Tensor drawn = sampler->draw(targets_, 100, kDraws / 100);
  EXPECT_EQ(drawn.sizes(), (std::vector<int64_t>{100, kDraws / 100}));
  EXPECT_EQ(drawn.scalar_type(), torch::kInt64);
  const Tensor share = drawn.flatten().bincount({}, kItems).to(torch::kFloat64) / kDraws;
  const Tensor q = sampler->log_probability(torch::arange(kItems)).exp();
  EXPECT_EQ(share.numel(), kItems);
  EXPECT_NEAR(q.sum().item<double>(), 1, 1e-5);
  for (int64_t item = 0; item < kItems; ++item) {
    const double p = q[item].item<double>();
    const double deviation = std::sqrt(p * (1 - p) / kDraws);
    EXPECT_NEAR(share[item].item<double>(), p, 4.5 * deviation + 1e-8) << item;
  }
}

TEST_P(SamplerOf, SameSeedSameItems) {
  const Tensor first = sampler(7)->draw(targets_, 3, 50);
  EXPECT_TRUE(first.equal(sampler(7)->draw(targets_, 3, 50)));
  EXPECT_FALSE(first.equal(sampler(8)->draw(targets_, 3, 50)));
}

TEST_P(SamplerOf, SetsDiffer) {
  const Tensor drawn = sampler(9)->draw(targets_, 2, 50);
  EXPECT_FALSE(drawn[0].equal(drawn[1]));
}

TEST_P(SamplerOf, ProbabilityKeepsTheShapeAndIsFinite) {
  const Tensor items = torch::tensor({{0, 11, 3}, {11, 2, 1}}, torch::kInt64);
  const Tensor log_q = sampler(1)->log_probability(items);
  EXPECT_EQ(log_q.sizes(), items.sizes());
  EXPECT_TRUE(log_q.isfinite().all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Kinds, SamplerOf,
                         testing::Values(NegativeKind::kUniform, NegativeKind::kInBatch,
                                         NegativeKind::kMixed, NegativeKind::kPopularity));

TEST(Sampler, ProbabilitiesByHand) {
  const CountedFrequency frequency({9, 4, 1, 2});  // of 16
  Recipe recipe;
  recipe.mixed_share = 0.5;
  recipe.popularity_power = 0.5;
  const auto q = [&](NegativeKind kind, int64_t item) {
    recipe.negatives = kind;
    return make_sampler(recipe, frequency, seeded(1))
        ->log_probability(torch::tensor({item}, torch::kInt64))
        .exp()
        .item<double>();
  };
  EXPECT_NEAR(q(NegativeKind::kUniform, 0), 1.0 / 4, 1e-6);
  EXPECT_NEAR(q(NegativeKind::kInBatch, 0), 9.0 / 16, 1e-6);
  EXPECT_NEAR(q(NegativeKind::kMixed, 0), 0.5 * 9 / 16 + 0.5 / 4, 1e-6);
  EXPECT_NEAR(q(NegativeKind::kPopularity, 0), 3 / (3 + 2 + 1 + std::sqrt(2.0)), 1e-6);
}

TEST(Sampler, PopularityFollowsAStreamingFrequency) {
  Recipe recipe;
  recipe.negatives = NegativeKind::kPopularity;
  recipe.popularity_power = 1;
  StreamingFrequency frequency(3, 0.5);
  const auto sampler = make_sampler(recipe, frequency, seeded(1));
  const Tensor batch = torch::zeros({1}, torch::kInt64);
  const auto share_of_first = [&] {
    return (sampler->draw(batch, 1, 20'000) == 0).to(torch::kFloat64).mean().item<double>();
  };
  EXPECT_NEAR(share_of_first(), 1.0 / 3, 0.02);  // nothing seen yet
  frequency.observe(torch::zeros({1000}, torch::kInt64));
  EXPECT_GT(share_of_first(), 0.9);
}

}  // namespace
}  // namespace kaskad::train
