#include "kaskad/train/item_frequency.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "tests/train/loss_test_model.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

double at(const Tensor& probability, int64_t item) { return probability[item].item<double>(); }

// Steps of 200 targets drawn from `probability`.
void stream(StreamingFrequency& frequency, const Tensor& probability, int64_t steps,
            torch::Generator generator) {
  for (int64_t step = 0; step < steps; ++step) {
    frequency.observe(torch::multinomial(probability, 200, /*replacement=*/true, generator));
  }
}

TEST(CountedFrequency, SharesOfTheCounts) {
  const CountedFrequency frequency({6, 0, 3, 1});
  EXPECT_FLOAT_EQ(at(frequency.probability(), 0), 0.6);
  EXPECT_FLOAT_EQ(at(frequency.probability(), 1), 0);
  EXPECT_FLOAT_EQ(at(frequency.probability(), 2), 0.3);
  EXPECT_FLOAT_EQ(at(frequency.probability(), 3), 0.1);
}

TEST(CountedFrequency, CountsBeyondFloatKeepTheirShares) {
  const CountedFrequency frequency({uint64_t{3} << 40, uint64_t{1} << 40});
  EXPECT_FLOAT_EQ(at(frequency.probability(), 0), 0.75);
}

TEST(CountedFrequency, NothingCountedIsAnError) {
  EXPECT_THROW(CountedFrequency({0, 0}), Error);
  EXPECT_THROW(CountedFrequency({}), Error);
}

TEST(StreamingFrequency, FollowsTheFormulaByHand) {
  // Two items, rate 1/4; B starts at 2. Targets 0 0 1 0 0 at times 1 to 5.
  // Item 0, weights max(1/4, 1/2), 1/3, 1/4, max(1/4, 1/5):
  //   B = 2 + (1 - 2)/2 = 3/2;  3/2 + (1 - 3/2)/3 = 4/3;
  //       4/3 + (2 - 4/3)/4 = 3/2;  3/2 + (1 - 3/2)/4 = 11/8
  // Item 1: B = 2 + (3 - 2)/2 = 5/2; the open gap 5 - 3 = 2 is shorter, so it is not overdue.
  StreamingFrequency frequency(2, 0.25);
  frequency.observe(torch::tensor({0, 0, 1}, torch::kInt64));
  frequency.observe(torch::tensor({{0}, {0}}, torch::kInt64));
  EXPECT_FLOAT_EQ(at(frequency.probability(), 0), 8.0 / 11);
  EXPECT_FLOAT_EQ(at(frequency.probability(), 1), 2.0 / 5);
}

TEST(StreamingFrequency, OverdueItemCountsAsIfItCameNow) {
  // Item 0 at time 1, then item 1 nine times. Item 0: B = 2 + (1 - 2)/2 = 3/2; the open gap is
  // 10 - 1 = 9 and the next weight 1/3: 3/2 + (9 - 3/2)/3 = 4.
  StreamingFrequency frequency(2, 0.01);
  frequency.observe(torch::tensor({0, 1, 1, 1, 1, 1, 1, 1, 1, 1}, torch::kInt64));
  EXPECT_FLOAT_EQ(at(frequency.probability(), 0), 1.0 / 4);
}

TEST(StreamingFrequency, UniformBeforeAnythingIsSeen) {
  const StreamingFrequency frequency(50, 0.1);
  EXPECT_TRUE(frequency.probability().equal(torch::full({50}, 1 / 50.f)));
}

TEST(StreamingFrequency, ConvergesToPlantedProbabilities) {
  const Tensor planted = torch::tensor({0.4, 0.25, 0.15, 0.1, 0.06, 0.03, 0.01}, torch::kFloat64);
  const double rate = 0.005;
  StreamingFrequency frequency(7, rate);
  stream(frequency, planted, 500, seeded(1));
  // 100,000 targets, of the rarest item 1,000: the moving average is what is left of the error.
  const double deviation = std::sqrt(rate / 2);
  for (int64_t item = 0; item < 7; ++item) {
    EXPECT_NEAR(at(frequency.probability(), item) / at(planted, item), 1, 3 * deviation) << item;
  }
  EXPECT_NEAR(frequency.probability().sum().item<double>(), 1, 0.05);
}

// Steps of 200 targets hold both items nearly always: a clock of steps would call them equal.
TEST(StreamingFrequency, TellsItemsApartThatAreInEveryStep) {
  StreamingFrequency frequency(2, 0.01);
  stream(frequency, torch::tensor({0.9, 0.1}, torch::kFloat64), 100, seeded(2));
  EXPECT_NEAR(at(frequency.probability(), 0), 0.9, 0.05);
  EXPECT_NEAR(at(frequency.probability(), 1), 0.1, 0.02);
}

TEST(StreamingFrequency, FollowsADrift) {
  const Tensor before = torch::tensor({0.7, 0.1, 0.2, 0.0}, torch::kFloat64);
  const Tensor after = torch::tensor({0.1, 0.7, 0.0, 0.2}, torch::kFloat64);
  StreamingFrequency frequency(4, 0.02);
  torch::Generator generator = seeded(3);
  stream(frequency, before, 100, generator);
  EXPECT_NEAR(at(frequency.probability(), 0), 0.7, 0.1);
  EXPECT_LT(at(frequency.probability(), 3), 0.001);  // never seen so far
  stream(frequency, after, 100, generator);
  EXPECT_NEAR(at(frequency.probability(), 0), 0.1, 0.03);
  EXPECT_NEAR(at(frequency.probability(), 1), 0.7, 0.1);
  EXPECT_NEAR(at(frequency.probability(), 3), 0.2, 0.06);
  EXPECT_LT(at(frequency.probability(), 2), 0.005);  // left the log: fades
}

TEST(StreamingFrequency, StateContinuesExactly) {
  const Tensor planted = torch::tensor({0.6, 0.3, 0.1}, torch::kFloat64);
  StreamingFrequency whole(3, 0.1), first(3, 0.1), second(3, 0.1);
  stream(whole, planted, 3, seeded(4));
  torch::Generator generator = seeded(4);
  stream(first, planted, 2, generator);
  second.load_state(first.state());
  EXPECT_TRUE(second.probability().equal(first.probability()));
  stream(second, planted, 1, generator);
  EXPECT_TRUE(second.probability().equal(whole.probability()));
  EXPECT_THROW(StreamingFrequency(4, 0.1).load_state(first.state()), Error);
}

TEST(StreamingFrequency, RateOutOfRangeIsAnError) {
  EXPECT_THROW(StreamingFrequency(3, 0), Error);
  EXPECT_THROW(StreamingFrequency(3, 1.5), Error);
  EXPECT_THROW(StreamingFrequency(3, std::nan("")), Error);
}

}  // namespace
}  // namespace kaskad::train
