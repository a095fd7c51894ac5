// What every loss of a recipe must do.
#include "kaskad/train/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

struct Kind {
  const char* name;
  LossKind loss;
  NegativeKind negatives = NegativeKind::kUniform;
  LogqKind logq = LogqKind::kNone;
  bool per_batch = false;
  double least = 0;  // what the loss cannot fall below in the toy problem
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

constexpr int64_t kLossItems = 12;

class EveryLoss : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Loss> loss(uint64_t seed) const {
    Recipe recipe;
    recipe.loss = GetParam().loss;
    recipe.negatives = GetParam().negatives;
    recipe.logq = GetParam().logq;
    recipe.negatives_per_batch = GetParam().per_batch;
    recipe.num_negatives = 6;
    return make_loss(recipe, frequency_, seeded(seed));
  }
  const CountedFrequency frequency_{{60, 30, 20, 15, 12, 10, 8, 7, 6, 6, 5, 5}};
};

TEST_P(EveryLoss, FallsUnderSgdAndLearnsThePlantedItems) {
  // 12 users; the one of token u always takes item (5 u + 3) mod 12.
  torch::manual_seed(41);
  TableModel model(torch::randn({kLossItems, 16}) * 0.3, torch::randn({kLossItems, 16}) * 0.3);
  torch::optim::SGD optimiser(model.parameters(), /*lr=*/2.0);
  const std::unique_ptr<Loss> loss = this->loss(42);
  double first = 0, last = 0;
  for (int step = 0; step < 200; ++step) {
    const SequenceBatch batch{.tokens = torch::randint(kLossItems, {8, 12}, torch::kInt64)};
    const Tensor targets = (batch.tokens * 5 + 3).remainder(kLossItems).flatten();
    const Tensor states = model.encode(batch).view({-1, model.dimension()});
    const Tensor value = (*loss)(make_places(states, targets, 8), model);
    optimiser.zero_grad();
    value.backward();
    optimiser.step();
    if (step < 10) first += value.item<double>();
    if (step >= 190) last += value.item<double>();
  }
  const double least = 10 * GetParam().least;
  EXPECT_LT(last - least, 0.5 * (first - least));
  const Tensor best = model.tokens().mm(model.items().t()).argmax(1);
  EXPECT_TRUE(best.equal((torch::arange(kLossItems) * 5 + 3).remainder(kLossItems)));
}

TEST_P(EveryLoss, SameSeedSameValueAndGradient) {
  torch::manual_seed(43);
  const Tensor states = torch::randn({40, 8});
  const Tensor items = torch::randn({kLossItems, 8});
  const Tensor targets = torch::randint(kLossItems, {40}, torch::kInt64);
  const auto run = [&](uint64_t seed) {
    TableModel model(items.clone(), torch::zeros({1, 1}));
    const Tensor value = (*loss(seed))(make_places(states, targets, 7), model);
    value.backward();
    return std::pair(value.item<float>(), model.items().grad());
  };
  const auto [value, gradient] = run(44);
  const auto [again, gradient_again] = run(44);
  EXPECT_EQ(value, again);
  EXPECT_TRUE(gradient.equal(gradient_again));
}

TEST_P(EveryLoss, FiniteOnExtremeScores) {
  for (const float size : {80.f, 1000.f}) {
    // Unit vectors: the states are the scores, all combinations of high, low and 0.
    const Tensor states = ((torch::arange(48 * kLossItems).remainder(7).remainder(3) - 1) * size)
                              .view({48, kLossItems})
                              .to(torch::kFloat32)
                              .set_requires_grad(true);
    TableModel model(torch::eye(kLossItems), torch::zeros({1, 1}));
    const Tensor targets = torch::arange(48).remainder(kLossItems);
    const Tensor value = (*loss(45))(make_places(states, targets, 6), model);
    value.backward();
    EXPECT_TRUE(std::isfinite(value.item<float>())) << size;
    EXPECT_TRUE(states.grad().isfinite().all().item<bool>()) << size;
    EXPECT_TRUE(model.items().grad().isfinite().all().item<bool>()) << size;
    EXPECT_GT(value.item<float>(), 0.1f * size);  // wrong by that much is not cheap
  }
}

TEST_P(EveryLoss, GradientIsTheSlopeOfTheValue) {
  torch::manual_seed(46);
  const auto type = torch::dtype(torch::kFloat64);
  const Tensor states = torch::randn({20, 5}, type).set_requires_grad(true);
  const Tensor items = torch::randn({kLossItems, 5}, type);
  const Tensor targets = torch::randint(kLossItems, {20}, torch::kInt64);
  const Tensor step = torch::randn({20, 5}, type), item_step = torch::randn({kLossItems, 5}, type);
  TableModel model(items.clone(), torch::zeros({1, 1}));
  (*loss(47))(make_places(states, targets, 4), model).backward();
  const double slope = (states.grad() * step).sum().item<double>() +
                       (model.items().grad() * item_step).sum().item<double>();
  const auto value_at = [&](double length) {
    const torch::NoGradGuard no_grad;
    TableModel moved(items + item_step * length, torch::zeros({1, 1}));
    return (*loss(47))(make_places(states + step * length, targets, 4), moved).item<double>();
  };
  const double h = 1e-5;
  EXPECT_NEAR((value_at(h) - value_at(-h)) / (2 * h), slope, 1e-6 * std::max(1.0, std::abs(slope)));
}

TEST_P(EveryLoss, SequencesWithoutAPlaceAreLeftOut) {
  torch::manual_seed(48);
  TableModel model(torch::randn({kLossItems, 8}), torch::zeros({1, 1}));
  Places places{torch::randn({3, 8}), torch::tensor({1, 2, 3}, torch::kInt64),
                torch::tensor({1, 1, 3}, torch::kInt64), 5};
  const Tensor value = (*loss(49))(places, model);
  value.backward();
  EXPECT_TRUE(std::isfinite(value.item<float>()));
  EXPECT_TRUE(model.items().grad().isfinite().all().item<bool>());
}

TEST_P(EveryLoss, NoPlaceIsZero) {
  TableModel model(torch::randn({kLossItems, 8}), torch::zeros({1, 1}));
  const Tensor states = torch::zeros({0, 8}).set_requires_grad(true);
  const Tensor none = torch::zeros({0}, torch::kInt64);
  const Tensor value = (*loss(50))(Places{states, none, none, 3}, model);
  value.backward();
  EXPECT_EQ(value.item<float>(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryLoss,
    testing::Values(
        Kind{"softmax", LossKind::kSoftmax},  //
        Kind{"uniform", LossKind::kSampledSoftmax},
        Kind{"uniform_per_batch", LossKind::kSampledSoftmax, NegativeKind::kUniform,
             LogqKind::kNone, true},
        Kind{"popularity_classic", LossKind::kSampledSoftmax, NegativeKind::kPopularity,
             LogqKind::kClassic},
        Kind{"mixed_corrected", LossKind::kSampledSoftmax, NegativeKind::kMixed,
             LogqKind::kCorrected},
        Kind{"bce", LossKind::kBce}, Kind{"gbce", LossKind::kGbce},
        Kind{"in_batch", LossKind::kInBatch},
        Kind{"in_batch_classic", LossKind::kInBatch, NegativeKind::kUniform, LogqKind::kClassic,
             false, std::log(8.0)},  // each item is about 8 of the 96 targets, and hits stay in
        Kind{"in_batch_corrected", LossKind::kInBatch, NegativeKind::kUniform,
             LogqKind::kCorrected}),
    [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace kaskad::train
