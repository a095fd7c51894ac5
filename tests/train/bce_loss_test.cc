#include "kaskad/train/bce_loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

Recipe recipe_of(LossKind loss) {
  Recipe recipe;
  recipe.loss = loss;
  return recipe;
}

TEST(Bce, EqualsTorchOnTheOnlyPossibleNegative) {
  // Of two items the negative is the other one. Torch's mean is over both scores: half of ours.
  const CountedFrequency frequency({1, 1});
  torch::manual_seed(1);
  const auto type = torch::dtype(torch::kFloat64);
  TableModel model(torch::randn({2, 4}, type), torch::zeros({1, 1}));
  const Tensor states = (torch::randn({30, 4}, type) * 5).set_requires_grad(true);
  const Tensor targets = torch::randint(2, {30}, torch::kInt64);
  const Tensor value = (*make_loss(recipe_of(LossKind::kBce), frequency, seeded(2)))(
      make_places(states, targets, 3), model);
  value.backward();

  const Tensor leaf = states.detach().clone().set_requires_grad(true);
  const Tensor labels = torch::one_hot(targets, 2).to(torch::kFloat64);
  const Tensor expected =
      torch::binary_cross_entropy_with_logits(leaf.mm(model.items().detach().t()), labels) * 2;
  expected.backward();
  EXPECT_NEAR(value.item<double>(), expected.item<double>(), 1e-7);  // softplus is cut at 20
  EXPECT_TRUE(states.grad().allclose(leaf.grad(), 1e-6, 1e-9));
}

TEST(Bce, NegativesAreUniformOverTheOtherItems) {
  // Unit vectors and scores of 0: a negative's gradient is 1/2 of its share, the target's -1/2.
  const int64_t places = 50'000;
  const CountedFrequency frequency({1, 1, 1, 1, 1});
  TableModel model(torch::eye(5, torch::kFloat64), torch::zeros({1, 1}));
  const Tensor states =
      torch::zeros({places, 5}, torch::dtype(torch::kFloat64).requires_grad(true));
  (*make_loss(recipe_of(LossKind::kBce), frequency, seeded(3)))(
      make_places(states, torch::full({places}, 2, torch::kInt64), 10), model)
      .backward();
  const Tensor gradient = states.grad().sum(0);
  EXPECT_NEAR(gradient[2].item<double>(), -0.5, 1e-12);  // never its own negative
  for (const int64_t item : {0, 1, 3, 4}) {
    EXPECT_NEAR(gradient[item].item<double>(), 0.5 / 4, 0.004) << item;
  }
}

TEST(Gbce, BetaByHand) {
  // k = 2 of 10 others: alpha = 1/5. beta = 1/5 (3/4 (1 - 5) + 5) = 1/5 * 2 = 2/5
  EXPECT_NEAR(gbce_beta(2, 11, 0.75), 0.4, 1e-12);
  EXPECT_NEAR(gbce_beta(2, 11, 0), 1, 1e-12);       // t = 0: plain BCE
  EXPECT_NEAR(gbce_beta(2, 11, 1), 0.2, 1e-12);     // t = 1: alpha
  EXPECT_NEAR(gbce_beta(256, 11, 0.75), 1, 1e-12);  // every item is a negative
}

// Every negative is item 1 of 11.
class GbceByHand : public testing::Test {
 protected:
  double value(const Tensor& states, int64_t target) {
    std::vector<uint64_t> counts(11, 0);
    counts[1] = 1;
    const CountedFrequency frequency(counts);
    Recipe recipe = recipe_of(LossKind::kGbce);
    recipe.negatives = NegativeKind::kPopularity;
    recipe.num_negatives = 2;
    TableModel model(torch::eye(11, torch::kFloat64), torch::zeros({1, 1}));
    const Tensor targets = torch::full({1}, target, torch::kInt64);
    const Tensor result =
        (*make_loss(recipe, frequency, seeded(4)))(make_places(states, targets, 1), model);
    result.backward();
    return result.item<double>();
  }
};

TEST_F(GbceByHand, ValueAndGradient) {
  // beta = 2/5, so the bias is ln(1/5). s+ = ln 3: with it ln(3/5), sigma = 3/8; both negatives at
  // 0: with it ln(1/5), softplus = ln(6/5), sigma = 1/6.
  //   loss = 2/5 ln(8/3) + 2 ln(6/5)
  //   d s+ = -2/5 (1 - 3/8),  d s- = 2 * 1/6
  Tensor states = torch::zeros({1, 11}, torch::kFloat64);
  states[0][0] = std::log(3.0);
  states.set_requires_grad(true);
  EXPECT_NEAR(value(states, 0), 0.4 * std::log(8.0 / 3) + 2 * std::log(1.2), 1e-12);
  EXPECT_NEAR(states.grad()[0][0].item<double>(), -0.25, 1e-12);
  EXPECT_NEAR(states.grad()[0][1].item<double>(), 1.0 / 3, 1e-12);
}

TEST_F(GbceByHand, HitsCarryNoLoss) {
  // The target is the only item drawn: beta softplus(ln 5) is left.
  Tensor states = torch::zeros({1, 11}, torch::kFloat64).set_requires_grad(true);
  EXPECT_NEAR(value(states, 1), 0.4 * std::log(6.0), 1e-12);
  EXPECT_NEAR(states.grad()[0][1].item<double>(), -0.4 * 5 / 6, 1e-12);
}

// The authors' form, but for their division by k + 1: the score whose sigmoid is sigma(s+)^beta,
// clamped in float64.
TEST_F(GbceByHand, EqualsTheTransformedScoreOfTheAuthors) {
  for (const double score : {-15.0, -3.0, 0.5, 4.0, 15.0}) {
    Tensor states = torch::zeros({1, 11}, torch::kFloat64);
    states[0][0] = score;
    states.set_requires_grad(true);
    const double got = value(states, 0);
    const Tensor s = torch::tensor(score, torch::kFloat64).set_requires_grad(true);
    const double bias = std::log(0.2);
    const double epsilon = 1e-10;
    const Tensor power = (s + bias).sigmoid().clamp(epsilon, 1 - epsilon).pow(-0.4);
    const Tensor logit = (1 / (power - 1)).log();
    const Tensor loss = torch::softplus(-logit) + 2 * std::log(1.2);
    loss.backward();
    EXPECT_NEAR(got, loss.item<double>(), 1e-6) << score;
    EXPECT_NEAR(states.grad()[0][0].item<double>(), s.grad().item<double>(), 1e-6) << score;
  }
}

}  // namespace
}  // namespace kaskad::train
