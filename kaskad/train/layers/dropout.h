// Dropout as a layer. On the CPU with the mask of kernels/dropout.h: libtorch's own Bernoulli
// masks are drawn by one thread and took half of a SASRec step. Elsewhere libtorch's.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/kernels/dropout.h"

namespace kaskad::train {

// Names one mask; an autograd node keeps this instead of the mask.
struct MaskId {
  int64_t seed = 0, stream = 0;
  double probability = 0;

  DropoutMask mask() const {
    return {static_cast<uint64_t>(seed), static_cast<uint64_t>(stream), probability};
  }
  void save(torch::autograd::AutogradContext& context) const;
  static MaskId saved(torch::autograd::AutogradContext& context);
};

// Gives every dropout of every step a mask of its own. State is a buffer, so a checkpoint of the
// model holds it and a resumed run goes on with the same masks. Not thread-safe.
class DropoutMasks : public torch::nn::Module {
 public:
  explicit DropoutMasks(uint64_t seed);

  MaskId next(double probability);

 private:
  torch::Tensor state_;  // (2) int64 on the CPU: seed, masks given out
};

// Zeroes elements while training and does nothing otherwise. It has no place in a graph.
class Dropout : public torch::nn::Module {
 public:
  Dropout(double probability, std::shared_ptr<DropoutMasks> masks);

  torch::Tensor forward(const torch::Tensor& x) const;

  // For layers that apply a mask inside: whether one applies now, and the next mask.
  bool active() const { return is_training() && probability_ > 0; }
  double probability() const { return probability_; }
  MaskId next_mask() const { return masks_->next(probability_); }

 private:
  double probability_;
  std::shared_ptr<DropoutMasks> masks_;  // registered by the model, once
};

}  // namespace kaskad::train
