// A Group over NCCL; only in builds with KASKAD_CUDA. Called by join_group().
#pragma once

#include <torch/torch.h>

#include <memory>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "kaskad/train/distributed.h"

namespace kaskad::train {

// `device` is this process' own GPU. Throws c10::Error when the others do not come.
std::unique_ptr<Group> join_nccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                                 const torch::Device& device);

}  // namespace kaskad::train
