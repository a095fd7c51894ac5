// Named tensors in one file, in the format "safetensors", which Python's package of that name (and
// others) read: a JSON header with type, shape and place of each, then the raw values. Called by
// the checkpoints.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

namespace kaskad::train {

// Dense tensors of float32, float64, int64, int32, bool or uint8, on any device.
using NamedTensors = std::map<std::string, torch::Tensor>;

// Throws Error when the disk is full. The file is flushed to the disk when this returns.
void write_safetensors(const std::string& path, const NamedTensors& tensors);

// On the CPU, in memory of their own. Throws Error when the file is damaged.
NamedTensors read_safetensors(const std::string& path);

}  // namespace kaskad::train
