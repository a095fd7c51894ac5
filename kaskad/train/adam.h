// Adam (1412.6980) with the weight decay of AdamW (1711.05101). Called by the trainer. Its moments
// are plain tensors by the parameter's name, so that a checkpoint holds them like the weights.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

namespace kaskad::train {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;  // of the weights themselves, not through the gradient
  bool fused = true;        // one pass over all memory where libtorch has it; else the plain form
};

// Not thread-safe.
class Adam {
 public:
  struct Slot {
    std::string name;
    torch::Tensor weight;        // the model's own
    torch::Tensor mean, square;  // moving averages of the gradient and of its square
  };

  Adam(const torch::nn::Module& model, const AdamOptions& options);

  // Weights without a gradient stay as they are, and so do their moments.
  void step(double learning_rate);
  void zero_grad();

  std::vector<Slot>& slots() { return slots_; }
  const std::vector<Slot>& slots() const { return slots_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  void step_plain(double learning_rate);
  void step_fused(double learning_rate);

  AdamOptions options_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;  // taken
};

}  // namespace kaskad::train
