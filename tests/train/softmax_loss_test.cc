#include "kaskad/train/softmax_loss.h"

#include <gtest/gtest.h>

#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

struct Result {
  Tensor value, states, items;  // the loss and its gradients
};

// 3 * loss, so that a forgotten incoming gradient shows.
Result tiled(const Tensor& states, const Tensor& items, const Tensor& targets) {
  TableModel model(items.clone(), torch::zeros({1, 1}));
  const Tensor leaf = states.clone().set_requires_grad(true);
  SoftmaxLoss loss;
  const Tensor value = loss(make_places(leaf, targets, 1), model) * 3;
  value.backward();
  return {value.detach(), leaf.grad(), model.items().grad()};
}

Result plain(const Tensor& states, const Tensor& items, const Tensor& targets) {
  const Tensor leaf = states.clone().set_requires_grad(true);
  const Tensor table = items.clone().set_requires_grad(true);
  const Tensor value = torch::nn::functional::cross_entropy(leaf.matmul(table.t()), targets) * 3;
  value.backward();
  return {value.detach(), leaf.grad(), table.grad()};
}

void expect_equal(const Result& got, const Result& expected, double tolerance) {
  EXPECT_TRUE(got.value.allclose(expected.value, tolerance, tolerance));
  EXPECT_TRUE(got.states.allclose(expected.states, tolerance, tolerance));
  EXPECT_TRUE(got.items.allclose(expected.items, tolerance, tolerance));
}

struct Size {
  int64_t places, items, dimension;
};

class OddSizes : public testing::TestWithParam<Size> {};

TEST_P(OddSizes, TilesEqualPlainCrossEntropy) {
  const Size size = GetParam();
  torch::manual_seed(5);
  const auto type = torch::dtype(torch::kFloat64);
  const Tensor states = torch::randn({size.places, size.dimension}, type);
  const Tensor items = torch::randn({size.items, size.dimension}, type);
  const Tensor targets = torch::randint(size.items, {size.places}, torch::kInt64);
  expect_equal(tiled(states, items, targets), plain(states, items, targets), 1e-10);
  const Tensor states32 = states.to(torch::kFloat32), items32 = items.to(torch::kFloat32);
  expect_equal(tiled(states32, items32, targets), plain(states32, items32, targets), 1e-4);
}

// 9,001 items leave 64 rows to a tile: 150 places are two tiles, the second incomplete, on each of
// two threads.
INSTANTIATE_TEST_SUITE_P(Sizes, OddSizes,
                         testing::Values(Size{1, 1, 1}, Size{1, 7, 3}, Size{7, 1, 2},
                                         Size{65, 13, 5}, Size{131, 300, 17}, Size{150, 9001, 4}));

TEST(SoftmaxLoss, ByHand) {
  // Scores ln 1, ln 2, ln 5 of three items; the target is the second: loss -ln(2/8),
  // d loss / d score = 1/8, 2/8 - 1, 5/8; the items are unit vectors, so this is the gradient of
  // the state too.
  const Tensor states = torch::tensor({{1.0, 2.0, 5.0}}, torch::kFloat64).log();
  const Result result =
      tiled(states, torch::eye(3, torch::kFloat64), torch::tensor({1}, torch::kInt64));
  EXPECT_NEAR(result.value.item<double>(), 3 * std::log(4.0), 1e-12);
  const Tensor expected = torch::tensor({{1.0 / 8, -6.0 / 8, 5.0 / 8}}, torch::kFloat64) * 3;
  EXPECT_TRUE(result.states.allclose(expected));
}

TEST(SoftmaxLoss, SameGradientOnOneThread) {
  torch::manual_seed(6);
  const Tensor states = torch::randn({300, 8}), items = torch::randn({40, 8});
  const Tensor targets = torch::randint(40, {300}, torch::kInt64);
  const Result several = tiled(states, items, targets);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Result one = tiled(states, items, targets);
  at::set_num_threads(threads);
  expect_equal(one, several, 1e-5);
}

TEST(SoftmaxLoss, WithoutGradientsTheValueIsTheSame) {
  torch::manual_seed(7);
  TableModel model(torch::randn({10, 4}), torch::zeros({1, 1}));
  const Places places =
      make_places(torch::randn({20, 4}), torch::randint(10, {20}, torch::kInt64), 2);
  SoftmaxLoss loss;
  const Tensor with = loss(places, model);
  const torch::NoGradGuard no_grad;
  const Tensor without = loss(places, model);
  EXPECT_TRUE(with.requires_grad());
  EXPECT_FALSE(without.requires_grad());
  EXPECT_EQ(with.item<float>(), without.item<float>());
}

TEST(SoftmaxLoss, ExtremeScoresStayExact) {
  // The target 160 below the best item: loss 160, gradients -1 and 1, though exp(-160) is 0.
  const Result result =
      tiled(torch::tensor({{80.f, -80.f}}), torch::eye(2), torch::tensor({1}, torch::kInt64));
  EXPECT_FLOAT_EQ(result.value.item<float>(), 3 * 160);
  EXPECT_TRUE(result.states.allclose(torch::tensor({{3.f, -3.f}})));
}

}  // namespace
}  // namespace kaskad::train
