#include "kaskad/train/named_state.h"

#include "kaskad/core/error.h"

namespace kaskad::train {

void add_model(const torch::nn::Module& model, NamedTensors& to) {
  for (const auto& entry : model.named_parameters()) {
    to["model." + entry.key()] = entry.value().detach();
  }
  for (const auto& entry : model.named_buffers()) {
    to["model." + entry.key()] = entry.value().detach();
  }
}

void add_moments(const Adam& adam, NamedTensors& to) {
  for (const Adam::Slot& slot : adam.slots()) {
    to["adam.mean." + slot.name] = slot.mean;
    to["adam.square." + slot.name] = slot.square;
  }
  to["adam.steps"] = torch::full({}, adam.steps(), torch::kInt64);
}

void copy_into(const NamedTensors& tensors, const std::string& name, torch::Tensor to) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    throw Error("checkpoint: found no tensor '" + name + "', expected one of shape " +
                c10::str(to.sizes()));
  }
  if (found->second.sizes() != to.sizes()) {
    throw Error("checkpoint: found the tensor '" + name + "' of shape " +
                c10::str(found->second.sizes()) + ", expected " + c10::str(to.sizes()));
  }
  const torch::NoGradGuard no_grad;
  to.copy_(found->second);
}

void load_model(const NamedTensors& tensors, torch::nn::Module& model) {
  for (const auto& entry : model.named_parameters()) {
    copy_into(tensors, "model." + entry.key(), entry.value());
  }
  for (const auto& entry : model.named_buffers()) {
    copy_into(tensors, "model." + entry.key(), entry.value());
  }
}

void load_moments(const NamedTensors& tensors, Adam& adam) {
  for (const Adam::Slot& slot : adam.slots()) {
    copy_into(tensors, "adam.mean." + slot.name, slot.mean);
    copy_into(tensors, "adam.square." + slot.name, slot.square);
  }
  torch::Tensor steps = torch::zeros({}, torch::kInt64);
  copy_into(tensors, "adam.steps", steps);
  adam.set_steps(steps.item<int64_t>());
}

}  // namespace kaskad::train
