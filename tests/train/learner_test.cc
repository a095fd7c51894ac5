#include "kaskad/train/learner.h"

#include <gtest/gtest.h>

#include "kaskad/train/batcher.h"
#include "kaskad/train/places.h"
#include "kaskad/train/schedule.h"
#include "tests/dataset/messages.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

TEST(Places, AreThoseWithATarget) {
  SequenceBatch batch;
  batch.targets = torch::tensor({{-1, 4, 0}, {-1, -1, 2}});
  const torch::Tensor states = torch::arange(12, torch::kFloat).view({2, 3, 2});
  const Places places = gather_places(states, batch);
  // Places 1, 2 and 5 of the 6, of states (2, 3), (4, 5) and (10, 11).
  EXPECT_TRUE(
      torch::equal(places.states, torch::tensor({{2., 3.}, {4., 5.}, {10., 11.}}, torch::kFloat)));
  EXPECT_TRUE(torch::equal(places.targets, torch::tensor({4, 0, 2})));
  EXPECT_TRUE(torch::equal(places.sequence, torch::tensor({0, 0, 1})));
  EXPECT_EQ(places.num_sequences, 2);
}

TEST(Schedule, WarmsUpAndFallsAlongACosine) {
  Recipe recipe;
  recipe.learning_rate = 8;
  recipe.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(recipe, 0, 100), 2);
  EXPECT_DOUBLE_EQ(learning_rate_at(recipe, 3, 100), 8);
  EXPECT_DOUBLE_EQ(learning_rate_at(recipe, 99, 100), 8);
  recipe.schedule = ScheduleKind::kCosine;
  EXPECT_DOUBLE_EQ(learning_rate_at(recipe, 4, 100), 8);
  EXPECT_NEAR(learning_rate_at(recipe, 52, 100), 4, 1e-9);  // half way from 4 to 100
  EXPECT_NEAR(learning_rate_at(recipe, 100, 100), 0, 1e-9);
}

// A module of two weights, one of which gets no gradient.
struct TwoWeights : torch::nn::Module {
  TwoWeights() {
    torch::manual_seed(5);
    used = register_parameter("used", torch::randn({7, 5}));
    unused = register_parameter("unused", torch::randn({3}));
  }
  torch::Tensor loss() { return (used * used * used).sum(); }
  torch::Tensor used, unused;
};

TEST(Adam, FusedAndPlainFormsAndLibtorchsAgree) {
  TwoWeights plain, fused, reference;
  Adam plain_adam(plain, {.weight_decay = 0.1, .fused = false});
  Adam fused_adam(fused, {.weight_decay = 0.1, .fused = true});
  torch::optim::AdamW libtorchs(reference.parameters(),
                                torch::optim::AdamWOptions(0.05).weight_decay(0.1));
  const torch::Tensor start = plain.unused.clone();
  for (int step = 0; step < 20; ++step) {
    plain_adam.zero_grad();
    plain.loss().backward();
    plain_adam.step(0.05);
    fused_adam.zero_grad();
    fused.loss().backward();
    fused_adam.step(0.05);
    libtorchs.zero_grad();
    reference.loss().backward();
    libtorchs.step();
  }
  EXPECT_TRUE(torch::allclose(plain.used, reference.used, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(fused.used, reference.used, 1e-5, 1e-6));
  EXPECT_TRUE(torch::equal(plain.unused, start));
  EXPECT_TRUE(torch::equal(fused.unused, start));
}

class LearnerTest : public testing::Test {
 protected:
  LearnerTest() : batcher_(planted_.log.data, planted_.split.validations[0].fit_end, recipe_) {}
  Learner learner() {
    return Learner(tiny_model(planted_.log.data, recipe_), recipe_, batcher_.target_counts());
  }

  Recipe recipe_ = tiny_recipe();
  PlantedSequence planted_;
  Batcher batcher_;
};

TEST_F(LearnerTest, ClippingBoundsTheStepOfTheGradient) {
  const SequenceBatch batch = batcher_.make(batcher_.plan(0), 0);
  Learner free = learner();
  const double norm = free.step(batch, 0.01).gradient_norm;
  recipe_.clip_norm = norm / 4;
  Learner clipped = learner();
  EXPECT_DOUBLE_EQ(clipped.step(batch, 0.01).gradient_norm, norm);  // reported before clipping
  // The second moment is (1 - .999) g^2, with g a quarter of what it was.
  const torch::Tensor before = free.all_tensors().at("adam.square.out");
  const torch::Tensor after = clipped.all_tensors().at("adam.square.out");
  EXPECT_TRUE(torch::allclose(after, before / 16, 1e-4, 1e-12));
}

// A machine without bfloat16 products makes them in float32, and then both are the same.
TEST_F(LearnerTest, HalvedPrecisionLearnsAlikeAndOnlyWithinTheStep) {
  const EpochPlan plan = batcher_.plan(0);
  const auto loss_after = [&](PrecisionKind precision) {
    recipe_.precision = precision;
    Learner one = learner();
    double loss = 0;
    for (size_t batch = 0; batch < plan.num_batches(); ++batch) {
      loss = one.step(batcher_.make(plan, batch), 0.01).loss;
    }
    return loss;
  };
  const double full = loss_after(PrecisionKind::kFp32);
  EXPECT_NEAR(loss_after(PrecisionKind::kBf16), full, 0.02 * full);
  EXPECT_EQ(at::globalContext().float32MatmulPrecision(), at::Float32MatmulPrecision::HIGHEST);
}

TEST_F(LearnerTest, GpuThatIsNotThereIsAnError) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a GPU";
  recipe_.device = "cuda";
  EXPECT_TRUE(contains(message_of([&] { learner(); }), "libtorch sees no GPU"));
}

TEST_F(LearnerTest, TensorsOfAnotherModelAreRefused) {
  Learner small = learner();
  recipe_.dimension = 8;
  Learner other = learner();
  EXPECT_TRUE(contains(message_of([&] { other.load_all(small.all_tensors()); }),
                       "found the tensor 'model."));
  NamedTensors missing = other.all_tensors();
  missing.erase("adam.mean.out");
  EXPECT_TRUE(
      contains(message_of([&] { other.load_all(missing); }), "found no tensor 'adam.mean.out'"));
}

}  // namespace
}  // namespace kaskad::train
