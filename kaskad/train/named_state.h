// Weights, buffers and Adam's moments by name, as checkpoints hold them: "model.NAME",
// "adam.mean.NAME", "adam.square.NAME", "adam.steps". Called by both trainers.
#pragma once

#include <string>

#include "kaskad/train/adam.h"
#include "kaskad/train/safetensors.h"

namespace kaskad::train {

// The tensors themselves, not copies.
void add_model(const torch::nn::Module& model, NamedTensors& to);
void add_moments(const Adam& adam, NamedTensors& to);

// Throw Error naming a tensor that is missing or of another shape.
void load_model(const NamedTensors& tensors, torch::nn::Module& model);
void load_moments(const NamedTensors& tensors, Adam& adam);
void copy_into(const NamedTensors& tensors, const std::string& name, torch::Tensor to);

}  // namespace kaskad::train
