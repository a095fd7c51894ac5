// From gradients to new weights, as every training goes on after its backward pass: checked,
// clipped, Adam, the average of the weights. Called by the learner and the rank course.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/adam.h"
#include "kaskad/train/sharded_table.h"
#include "kaskad/train/weight_average.h"

namespace kaskad::train {

// Figures of all processes together.
struct StepReport {
  double loss = 0;           // mean over the places
  int64_t places = 0;        // that had a target; of lists, the lists
  int64_t examples = 0;      // sequences or lists of the batch
  double gradient_norm = 0;  // before clipping
};

// Not thread-safe.
class GradientStep {
 public:
  // Of the weights of `model`; `shards` is the table among them that lies spread over processes, if
  // any: take() is then a collective call. Both must outlive it.
  GradientStep(const torch::nn::Module& model, const Recipe& recipe,
               const ShardedTable* shards = nullptr);

  void zero_grad() { adam_.zero_grad(); }
  // Writes the norm into the report. Throws Error when it or the loss is no number, saying where it
  // began and what to try; the weights are then those before the step.
  void take(StepReport& report, double learning_rate);

  int64_t steps() const { return adam_.steps(); }  // taken
  std::vector<torch::Tensor> weights() const;      // but for the table in shares
  WeightAverage& average() { return average_; }

  // Adam's moments and the average, by name.
  void add_to(NamedTensors& tensors) const;
  void load(const NamedTensors& tensors);

 private:
  void check_numbers(const StepReport& report) const;
  bool in_shares(const torch::Tensor& weight) const {
    return shards_ && weight.is_same(shards_->own());
  }

  const Recipe recipe_;
  const ShardedTable* shards_;
  Adam adam_;
  WeightAverage average_;
};

}  // namespace kaskad::train
