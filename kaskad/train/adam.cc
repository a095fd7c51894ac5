#include "kaskad/train/adam.h"

#include <cmath>

#if __has_include(<torch/version.h>)
#include <torch/version.h>
#endif

// libtorch has the fused form on CPUs since 2.4.
#if defined(TORCH_VERSION_MAJOR) && \
    (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4))
#define KASKAD_FUSED_ADAM 1
#else
#define KASKAD_FUSED_ADAM 0
#endif

namespace kaskad::train {

Adam::Adam(const torch::nn::Module& model, const AdamOptions& options) : options_(options) {
  for (const auto& parameter : model.named_parameters()) {
    if (!parameter.value().requires_grad()) continue;
    slots_.push_back({parameter.key(), parameter.value(),
                      torch::zeros_like(parameter.value(), torch::MemoryFormat::Contiguous),
                      torch::zeros_like(parameter.value(), torch::MemoryFormat::Contiguous)});
  }
}

void Adam::step(double learning_rate) {
  torch::NoGradGuard no_grad;
  ++steps_;
  if (options_.fused && KASKAD_FUSED_ADAM) {
    step_fused(learning_rate);
  } else {
    step_plain(learning_rate);
  }
}

// w <- (1 - lr decay) w;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
// w <- w - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps)
void Adam::step_plain(double learning_rate) {
  const auto t = static_cast<double>(steps_);
  const double correction1 = 1 - std::pow(options_.beta1, t);
  const double correction2 = 1 - std::pow(options_.beta2, t);
  for (Slot& slot : slots_) {
    const torch::Tensor gradient = slot.weight.grad();
    if (!gradient.defined()) continue;
    if (options_.weight_decay > 0) slot.weight.mul_(1 - learning_rate * options_.weight_decay);
    slot.mean.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    slot.square.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    const torch::Tensor spread =
        (slot.square.sqrt() / std::sqrt(correction2)).add_(options_.epsilon);
    slot.weight.addcdiv_(slot.mean, spread, -learning_rate / correction1);
  }
}

void Adam::step_fused(double learning_rate) {
#if KASKAD_FUSED_ADAM
  std::vector<torch::Tensor> weights, gradients, means, squares, steps;
  for (Slot& slot : slots_) {
    if (!slot.weight.grad().defined()) continue;
    weights.push_back(slot.weight);
    gradients.push_back(slot.weight.grad());
    means.push_back(slot.mean);
    squares.push_back(slot.square);
    steps.push_back(torch::full({}, static_cast<float>(steps_),
                                slot.weight.options().dtype(torch::kFloat).requires_grad(false)));
  }
  if (weights.empty()) return;
  // _fused_adamw_ decays the weights; _fused_adam_ would add the decay to the gradient.
  at::_fused_adamw_(weights, gradients, means, squares, {}, steps, learning_rate, options_.beta1,
                    options_.beta2, options_.weight_decay, options_.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false);
#else
  step_plain(learning_rate);
#endif
}

void Adam::zero_grad() {
  for (Slot& slot : slots_) slot.weight.mutable_grad().reset();
}

}  // namespace kaskad::train
