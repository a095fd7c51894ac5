// One model on its way: a step forward and back, and all that a checkpoint must hold for the next
// step to be the same after a restart. Called by the trainer, which decides what is learned when.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/distributed.h"
#include "kaskad/train/gradient_step.h"
#include "kaskad/train/item_frequency.h"
#include "kaskad/train/loss.h"
#include "kaskad/train/safetensors.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// Not thread-safe.
class Learner {
 public:
  // `target_counts` (items): how often each is told, for losses that correct by it. Moves the model
  // to the recipe's device and seeds libtorch's generators. `group` may be null and must outlive
  // the learner. Throws Error when the device is not there.
  Learner(std::shared_ptr<SequenceModel> model, const Recipe& recipe,
          const std::vector<uint64_t>& target_counts, Group* group = nullptr);

  // Throws Error as GradientStep::take() does.
  StepReport step(const SequenceBatch& batch, double learning_rate);

  // Weights and buffers of the model: "model.NAME".
  NamedTensors model_tensors() const;
  // Those, Adam's moments, the average of the weights and the states of all random generators (of
  // all processes: a call that all of them make).
  NamedTensors all_tensors() const;
  // Throws Error naming the tensor that is missing or of another shape.
  void load_model(const NamedTensors& tensors);
  void load_all(const NamedTensors& tensors);

  SequenceModel& model() { return *model_; }
  // Of the weights, by the recipe's average_decay: what is measured and kept.
  WeightAverage& average() { return gradient_step_.average(); }
  const torch::Device& device() const { return device_; }
  int64_t steps() const { return gradient_step_.steps(); }

 private:
  void backward(const SequenceBatch& batch, StepReport& report);
  torch::Tensor random_states() const;
  void set_random_states(const torch::Tensor& states);

  std::shared_ptr<SequenceModel> model_;
  const Recipe recipe_;
  Group* group_;
  torch::Device device_;
  std::unique_ptr<ItemFrequency> frequency_;
  StreamingFrequency* streaming_ = nullptr;  // frequency_, when it is estimated
  torch::Generator generator_;               // of the negatives
  std::unique_ptr<Loss> loss_;
  GradientStep gradient_step_;
};

// "auto": a GPU when libtorch sees one. Throws Error when "cuda" is asked and there is none.
torch::Device choose_device(const Recipe& recipe);

SequenceBatch to_device(const SequenceBatch& batch, const torch::Device& device);

}  // namespace kaskad::train
