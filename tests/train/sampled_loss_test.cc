// Sampled and in-batch softmax against plain autograd on the same draws, and what LogQ is for: the
// expected gradient against that of the full softmax, on 12 items.
#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/train/sampled_softmax.h"
#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr int64_t kSampledItems = 12;

// Popularity as logs have it: item i was a target 60 / (i + 1) times.
const CountedFrequency& skewed() {
  static const CountedFrequency frequency({60, 30, 20, 15, 12, 10, 8, 7, 6, 6, 5, 5});
  return frequency;
}

Recipe sampled(NegativeKind negatives, LogqKind logq, int64_t count) {
  Recipe recipe;
  recipe.loss = LossKind::kSampledSoftmax;
  recipe.negatives = negatives;
  recipe.logq = logq;
  recipe.num_negatives = count;
  recipe.popularity_power = 1;
  return recipe;
}

// Plain estimate of one place from its draws, as sampled_softmax.h writes them; the corrected form
// as the paper does.
Tensor plain_place(const Tensor& state, const Tensor& table, int64_t target, const Tensor& draws,
                   const Tensor& log_q_draws, const Tensor& log_q_target, LogqKind logq) {
  const Tensor positive = table[target].dot(state);
  const Tensor scores = table.index_select(0, draws).mv(state);
  if (logq == LogqKind::kClassic) {
    const Tensor logits = torch::cat({(positive - log_q_target).view(1), scores - log_q_draws});
    return -logits.log_softmax(0)[0];
  }
  const Tensor rest = (draws != target).nonzero().flatten();
  const Tensor negatives = scores.index_select(0, rest);
  if (logq == LogqKind::kNone) {
    return -torch::cat({positive.view(1), negatives}).log_softmax(0)[0];
  }
  const Tensor log_proposal = log_q_draws.index_select(0, rest) - torch::log1p(-log_q_target.exp());
  const Tensor log_sum = (negatives - log_proposal).logsumexp(0);
  const Tensor log_mean = log_sum - std::log(static_cast<double>(rest.numel()));
  const Tensor doubt = (log_mean - positive).sigmoid().detach();  // 1 - P(target)
  return doubt * (log_sum - positive);
}

struct Gradients {
  Tensor states, items;
};

Gradients plain_gradients(const Recipe& recipe, const Tensor& states, const Tensor& items,
                          const Places& places, uint64_t seed) {
  const Tensor leaf = states.clone().set_requires_grad(true);
  const Tensor table = items.clone().set_requires_grad(true);
  const auto sampler = make_sampler(recipe, skewed(), seeded(seed));
  const int64_t sets = recipe.negatives_per_batch ? 1 : places.num_sequences;
  const Tensor draws = sampler->draw(places.targets, sets, recipe.num_negatives);
  std::vector<Tensor> losses;
  for (int64_t p = 0; p < states.size(0); ++p) {
    const int64_t set = recipe.negatives_per_batch ? 0 : places.sequence[p].item<int64_t>();
    losses.push_back(plain_place(leaf[p], table, places.targets[p].item<int64_t>(), draws[set],
                                 sampler->log_probability(draws[set]).to(torch::kFloat64),
                                 sampler->log_probability(places.targets[p]).to(torch::kFloat64),
                                 recipe.logq));
  }
  torch::stack(losses).mean().backward();
  return {leaf.grad(), table.grad()};
}

using Case = std::tuple<NegativeKind, LogqKind, bool>;  // the last: one set for the batch
class AgainstPlain : public testing::TestWithParam<Case> {};

TEST_P(AgainstPlain, GradientsAreEqual) {
  auto [negatives, logq, per_batch] = GetParam();
  Recipe recipe = sampled(negatives, logq, 40);
  recipe.negatives_per_batch = per_batch;
  torch::manual_seed(11);
  const auto type = torch::dtype(torch::kFloat64);
  const Tensor states = torch::randn({23, 5}, type), items = torch::randn({kSampledItems, 5}, type);
  const Tensor targets = torch::randint(kSampledItems, {23}, torch::kInt64);
  const Tensor leaf = states.clone().set_requires_grad(true);
  TableModel model(items.clone(), torch::zeros({1, 1}));
  Places places = make_places(leaf, targets, 4);
  (*make_loss(recipe, skewed(), seeded(12)))(places, model).backward();
  const Gradients expected = plain_gradients(recipe, states, items, places, 12);
  EXPECT_TRUE(leaf.grad().allclose(expected.states, 1e-5, 1e-7));
  EXPECT_TRUE(model.items().grad().allclose(expected.items, 1e-5, 1e-7));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AgainstPlain,
    testing::Combine(testing::Values(NegativeKind::kUniform, NegativeKind::kInBatch,
                                     NegativeKind::kMixed, NegativeKind::kPopularity),
                     testing::Values(LogqKind::kNone, LogqKind::kClassic, LogqKind::kCorrected),
                     testing::Bool()));

// A large catalogue takes the distinct items of the sample, not the whole table.
TEST(SampledSoftmax, DistinctItemsOfALargeCatalogue) {
  torch::manual_seed(13);
  const auto type = torch::dtype(torch::kFloat64);
  TableModel whole(torch::randn({kSampledItems, 5}, type), torch::zeros({1, 1}));
  // The same twelve items in front of others that are never drawn.
  TableModel large(torch::cat({whole.items().detach(), torch::randn({500, 5}, type)}),
                   torch::zeros({1, 1}));
  const Recipe recipe = sampled(NegativeKind::kPopularity, LogqKind::kCorrected, 20);
  const Places places =
      make_places(torch::randn({9, 5}, type), torch::randint(kSampledItems, {9}, torch::kInt64), 3);
  const Tensor a = (*make_loss(recipe, skewed(), seeded(1)))(places, whole);
  const Tensor b = (*make_loss(recipe, skewed(), seeded(1)))(places, large);
  a.backward();
  b.backward();
  EXPECT_NEAR(a.item<double>(), b.item<double>(), 1e-12);
  EXPECT_TRUE(whole.items().grad().allclose(large.items().grad().slice(0, 0, kSampledItems)));
  EXPECT_EQ(large.items().grad().slice(0, kSampledItems).abs().sum().item<double>(), 0);
}

// Expected gradient by the scores: items are unit vectors, so the gradient of a state is the
// gradient by its scores; every place is a sequence of its own with the same state, so that the sum
// over places is the mean over as many independent samples.
class ExpectedGradient : public testing::Test {
 protected:
  Tensor of(const Recipe& recipe, int64_t target, int64_t samples) const {
    const Tensor states = scores_.expand({samples, kSampledItems}).clone().set_requires_grad(true);
    TableModel model(torch::eye(kSampledItems, torch::kFloat64), torch::zeros({1, 1}));
    const Tensor targets = torch::full({samples}, target, torch::kInt64);
    (*make_loss(recipe, skewed(), seeded(21)))(make_places(states, targets, samples), model)
        .backward();
    return states.grad().sum(0);
  }
  Tensor of_full_softmax(int64_t target) const {
    Tensor gradient = scores_.softmax(0);
    gradient[target] -= 1;
    return gradient;
  }
  double error(const Recipe& recipe, int64_t target, int64_t samples) const {
    return (of(recipe, target, samples) - of_full_softmax(target)).abs().max().item<double>();
  }

  // Popular and rare items among the well scored: P = .04 to .16.
  const Tensor scores_ = torch::tensor(
      {0.6, -0.2, 0.9, 0.1, -0.4, 0.5, 0.0, 0.8, -0.1, 0.3, 0.7, -0.3}, torch::kFloat64);
};

TEST_F(ExpectedGradient, CorrectedEqualsFullSoftmax) {
  for (const int64_t target : {0, 5, 11}) {
    for (const NegativeKind negatives : {NegativeKind::kUniform, NegativeKind::kPopularity}) {
      EXPECT_LT(error(sampled(negatives, LogqKind::kCorrected, 256), target, 1500), 0.005)
          << "target " << target << ", negatives " << static_cast<int>(negatives);
    }
  }
}

TEST_F(ExpectedGradient, ClassicWithALargeSampleEqualsFullSoftmax) {
  for (const int64_t target : {0, 5, 11}) {
    EXPECT_LT(error(sampled(NegativeKind::kPopularity, LogqKind::kClassic, 8192), target, 100),
              0.006)
        << target;
  }
}

TEST_F(ExpectedGradient, ClassicWithASmallSampleIsBiasedAndCorrectedIsNot) {
  const int64_t target = 11;  // rare: 1 / q is large, so classic lifts its score most
  EXPECT_GT(error(sampled(NegativeKind::kPopularity, LogqKind::kClassic, 32), target, 5000), 0.03);
  EXPECT_LT(error(sampled(NegativeKind::kPopularity, LogqKind::kCorrected, 32), target, 5000),
            0.01);
}

TEST_F(ExpectedGradient, UncorrectedPushesPopularItemsDown) {
  const int64_t target = 5, popular = 0, rare = 11;
  const Tensor full = of_full_softmax(target);
  const auto excess = [&](LogqKind logq, int64_t item) {
    const Tensor gradient = of(sampled(NegativeKind::kPopularity, logq, 512), target, 2000);
    return (gradient - full)[item].item<double>();
  };
  // Down the gradient: a positive excess lowers the score of the popular item too much. A LogQ of
  // the wrong sign would double it.
  EXPECT_GT(excess(LogqKind::kNone, popular), 0.1);
  EXPECT_LT(excess(LogqKind::kNone, rare), -0.02);
  EXPECT_NEAR(excess(LogqKind::kCorrected, popular), 0, 0.003);
  EXPECT_NEAR(excess(LogqKind::kCorrected, rare), 0, 0.003);
}

TEST_F(ExpectedGradient, CorrectedValueEstimatesTheFullLoss) {
  const Tensor states = scores_.expand({2000, kSampledItems});
  TableModel model(torch::eye(kSampledItems, torch::kFloat64), torch::zeros({1, 1}));
  const Places places = make_places(states, torch::full({2000}, 3, torch::kInt64), 2000);
  const Recipe recipe = sampled(NegativeKind::kPopularity, LogqKind::kCorrected, 256);
  const double value = (*make_loss(recipe, skewed(), seeded(22)))(places, model).item<double>();
  EXPECT_NEAR(value, -scores_.log_softmax(0)[3].item<double>(), 0.005);
}

TEST(SampledSoftmax, CorrectedIsExactOnTwoItems) {
  // q = 3/4, 1/4; target 1. The rest is item 0 alone, Q'(0) = (3/4) / (1 - 1/4) = 1: whatever is
  // drawn, the loss is log(1 + exp(s0 - s1)). Of 50 draws not all are the target.
  const CountedFrequency frequency({3, 1});
  TableModel model(torch::eye(2, torch::kFloat64), torch::zeros({1, 1}));
  const Tensor state = torch::tensor({{0.7, -0.4}}, torch::kFloat64);
  const auto loss =
      make_loss(sampled(NegativeKind::kPopularity, LogqKind::kCorrected, 50), frequency, seeded(1));
  const Tensor value = (*loss)(make_places(state, torch::ones({1}, torch::kInt64), 1), model);
  EXPECT_NEAR(value.item<double>(), std::log(1 + std::exp(1.1)), 1e-6);
}

// Every draw is item 0: what the losses do with hits and duplicates, by hand.
class OnlyItemZeroIsDrawn : public testing::TestWithParam<LogqKind> {
 protected:
  static constexpr int64_t kDraws = 8;

  double value(int64_t target) {
    const CountedFrequency frequency({1, 0});
    TableModel model(torch::eye(2, torch::kFloat64), torch::zeros({1, 1}));
    state_ = torch::tensor({{0.7, -0.4}}, torch::kFloat64).set_requires_grad(true);
    const auto loss =
        make_loss(sampled(NegativeKind::kPopularity, GetParam(), kDraws), frequency, seeded(1));
    const Places places = make_places(state_, torch::full({1}, target, torch::kInt64), 1);
    const Tensor result = (*loss)(places, model);
    result.backward();
    return result.item<double>();
  }
  Tensor state_;
};

TEST_P(OnlyItemZeroIsDrawn, TargetAmongItsNegativesGetsNoGradient) {
  // Masked: nothing is left to compare with, log(1 + 0). Classic keeps the 8 copies, log(1 + 8),
  // and they pull exactly against the target.
  EXPECT_NEAR(value(0), GetParam() == LogqKind::kClassic ? std::log(9.0) : 0, 1e-6);
  EXPECT_TRUE(state_.grad().allclose(torch::zeros_like(state_), 0, 1e-12));
}

TEST_P(OnlyItemZeroIsDrawn, EveryDuplicateIsATerm) {
  // s0 - s1 = 1.1; q0 = 1, q1 = 1e-9 stands for never counted.
  const double expected = GetParam() == LogqKind::kNone      ? std::log(1 + 8 * std::exp(1.1))
                          : GetParam() == LogqKind::kClassic ? 8 * std::exp(1.1) * 1e-9
                                                             : std::log(1 + std::exp(1.1));
  EXPECT_NEAR(value(1), expected, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Logq, OnlyItemZeroIsDrawn,
                         testing::Values(LogqKind::kNone, LogqKind::kClassic,
                                         LogqKind::kCorrected));

// --- The targets of the batch ---

// Every place against every place, as Yi et al. write it.
Tensor plain_in_batch(const Tensor& states, const Tensor& table, const Tensor& targets,
                      LogqKind logq) {
  const int64_t places = targets.size(0);
  const Tensor log_q = log_frequency(skewed(), targets).to(torch::kFloat64);
  Tensor scores = states.mm(table.index_select(0, targets).t());
  if (logq == LogqKind::kClassic) {
    scores = scores - log_q;
    return -scores.log_softmax(1).diagonal().mean();
  }
  const Tensor same = targets.unsqueeze(1) == targets.unsqueeze(0);
  const Tensor own = torch::eye(places, torch::kBool);
  if (logq == LogqKind::kNone) {
    return -scores.masked_fill(same & ~own, -1e30).log_softmax(1).diagonal().mean();
  }
  const Tensor positive = scores.diagonal();
  const Tensor log_proposal = log_q.unsqueeze(0) - torch::log1p(-log_q.exp()).unsqueeze(1);
  const Tensor log_sum = (scores - log_proposal).masked_fill(same, -1e30).logsumexp(1);
  const Tensor log_mean = log_sum - (~same).sum(1).to(torch::kFloat64).log();
  const Tensor doubt = (log_mean - positive).sigmoid().detach();
  return (doubt * (log_sum - positive)).mean();
}

class InBatch : public testing::TestWithParam<LogqKind> {
 protected:
  Recipe recipe() const {
    Recipe recipe;
    recipe.loss = LossKind::kInBatch;
    recipe.logq = GetParam();
    return recipe;
  }
};

TEST_P(InBatch, CountedTargetsEqualPlaceAgainstPlace) {
  torch::manual_seed(31);
  const auto type = torch::dtype(torch::kFloat64);
  const Tensor items = torch::randn({kSampledItems, 5}, type);
  const Tensor states = torch::randn({37, 5}, type).set_requires_grad(true);
  const Tensor targets =
      torch::multinomial(skewed().probability(), 37, /*replacement=*/true, seeded(32));
  TableModel model(items.clone(), torch::zeros({1, 1}));
  (*make_loss(recipe(), skewed(), seeded(1)))(make_places(states, targets, 5), model).backward();
  const Tensor leaf = states.detach().clone().set_requires_grad(true);
  const Tensor table = items.clone().set_requires_grad(true);
  plain_in_batch(leaf, table, targets, GetParam()).backward();
  EXPECT_TRUE(states.grad().allclose(leaf.grad(), 1e-5, 1e-7));
  EXPECT_TRUE(model.items().grad().allclose(table.grad(), 1e-5, 1e-7));
}

TEST_P(InBatch, SkewedPopularityIsOnlyCorrectedByLogq) {
  // The same scores everywhere; 60 batches of 1,000 targets as popularity has them. The full
  // softmax asks for P - (share of the batch's targets).
  const Tensor scores = torch::linspace(-0.5, 0.5, kSampledItems, torch::kFloat64);
  torch::Generator generator = seeded(33);
  Tensor difference = torch::zeros({kSampledItems}, torch::kFloat64);
  const auto loss = make_loss(recipe(), skewed(), seeded(1));
  TableModel model(torch::eye(kSampledItems, torch::kFloat64), torch::zeros({1, 1}));
  for (int batch = 0; batch < 60; ++batch) {
    const Tensor targets =
        torch::multinomial(skewed().probability(), 1000, /*replacement=*/true, generator);
    const Tensor states = scores.expand({1000, kSampledItems}).clone().set_requires_grad(true);
    (*loss)(make_places(states, targets, 10), model).backward();
    const Tensor share = targets.bincount({}, kSampledItems).to(torch::kFloat64) / 1000;
    difference += (states.grad().sum(0) - (scores.softmax(0) - share)) / 60;
  }
  if (GetParam() == LogqKind::kNone) {
    EXPECT_GT(difference[0].item<double>(), 0.1);  // the most popular is pushed down
  } else {
    EXPECT_LT(difference.abs().max().item<double>(), 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(Logq, InBatch,
                         testing::Values(LogqKind::kNone, LogqKind::kClassic,
                                         LogqKind::kCorrected));

TEST(InBatchSoftmax, BatchOfOneTargetHasNothingToCompareWith) {
  Recipe recipe;
  recipe.loss = LossKind::kInBatch;
  TableModel model(torch::eye(kSampledItems), torch::zeros({1, 1}));
  for (const LogqKind logq : {LogqKind::kNone, LogqKind::kClassic, LogqKind::kCorrected}) {
    recipe.logq = logq;
    const Tensor states = torch::randn({1, kSampledItems}).set_requires_grad(true);
    const Tensor value = (*make_loss(recipe, skewed(), seeded(1)))(
        make_places(states, torch::tensor({3}, torch::kInt64), 1), model);
    value.backward();
    EXPECT_EQ(value.item<float>(), 0);
    EXPECT_EQ(states.grad().abs().sum().item<float>(), 0);
  }
}

}  // namespace
}  // namespace kaskad::train
