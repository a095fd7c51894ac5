#include "kaskad/train/weight_average.h"

#include <algorithm>

#include "kaskad/train/named_state.h"

namespace kaskad::train {

WeightAverage::WeightAverage(const Adam& adam, double decay) : decay_(decay) {
  if (decay <= 0) return;
  for (const Adam::Slot& slot : adam.slots()) {
    slots_.push_back({slot.name, slot.weight, slot.weight.detach().clone()});
  }
}

void WeightAverage::update(int64_t steps) {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(steps);
  const double kept = std::min(decay_, (1 + t) / (10 + t));
  for (Slot& slot : slots_) slot.mean.lerp_(slot.weight, 1 - kept);
}

void WeightAverage::exchange() {
  const torch::NoGradGuard no_grad;
  for (Slot& slot : slots_) {
    const torch::Tensor own = slot.weight.detach().clone();
    slot.weight.copy_(slot.mean);
    slot.mean.copy_(own);
  }
}

void WeightAverage::add_to(NamedTensors& tensors) const {
  for (const Slot& slot : slots_) tensors["average." + slot.name] = slot.mean;
}

void WeightAverage::load(const NamedTensors& tensors) {
  for (Slot& slot : slots_) copy_into(tensors, "average." + slot.name, slot.mean);
}

}  // namespace kaskad::train
