#include "kaskad/train/weight_average.h"

#include <gtest/gtest.h>

#include "tests/dataset/messages.h"

namespace kaskad::train {
namespace {

// One weight that steps set by hand.
struct OneWeight : torch::nn::Module {
  OneWeight() { value = register_parameter("value", torch::zeros({1})); }
  void set(double to) {
    const torch::NoGradGuard no_grad;
    value.fill_(to);
  }
  double get() const { return value.item<double>(); }
  torch::Tensor value;
};

class WeightAverageTest : public testing::Test {
 protected:
  OneWeight model_;
  Adam adam_{model_, {}};
};

TEST_F(WeightAverageTest, ForgetsTheBeginningSoonAndThenDecays) {
  WeightAverage average(adam_, 0.5);
  double expected = 0;
  for (int64_t step = 1; step <= 30; ++step) {
    const auto weight = static_cast<double>(step * step % 7);
    model_.set(weight);
    average.update(step);
    // (1 + t) / (10 + t) passes 1/2 after 8 steps.
    const double kept = step < 8 ? (1.0 + step) / (10.0 + step) : 0.5;
    expected = kept * expected + (1 - kept) * weight;
    const WeightAverage::Use use(average);
    EXPECT_NEAR(model_.get(), expected, 1e-5) << "step " << step;
  }
}

TEST_F(WeightAverageTest, StandsInTheModelOnlyWhileUsed) {
  WeightAverage average(adam_, 0.9);
  model_.set(11);
  average.update(1);
  {
    const WeightAverage::Use use(average);
    EXPECT_NEAR(model_.get(), 9, 1e-5);  // 2/11 of 0 stay
  }
  EXPECT_EQ(model_.get(), 11);
}

TEST_F(WeightAverageTest, OffChangesNothing) {
  WeightAverage average(adam_, 0);
  model_.set(11);
  average.update(1);
  const WeightAverage::Use use(average);
  EXPECT_EQ(model_.get(), 11);
  NamedTensors tensors;
  average.add_to(tensors);
  EXPECT_TRUE(tensors.empty());
}

TEST_F(WeightAverageTest, IsKeptByNameAndRefusedWhenItIsMissing) {
  WeightAverage average(adam_, 0.9);
  model_.set(11);
  average.update(1);
  NamedTensors tensors;
  average.add_to(tensors);
  EXPECT_NEAR(tensors.at("average.value").item<double>(), 9, 1e-5);
  WeightAverage other(adam_, 0.9);
  other.load(tensors);
  const WeightAverage::Use use(other);
  EXPECT_NEAR(model_.get(), 9, 1e-5);
  EXPECT_TRUE(contains(message_of([&] { other.load({}); }), "found no tensor 'average.value'"));
}

}  // namespace
}  // namespace kaskad::train
