#ifdef KASKAD_CUDA

#include "kaskad/train/nccl_group.h"

#define USE_C10D_NCCL  // libtorch was built with it; its header asks all the same
#include <c10/cuda/CUDAFunctions.h>

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "kaskad/train/c10d_group.h"

namespace kaskad::train {

std::unique_ptr<Group> join_nccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                                 const torch::Device& device) {
  c10::cuda::set_device(device.index());
  auto nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size);
  return std::make_unique<C10dGroup<c10d::ProcessGroupNCCL>>(std::move(nccl), device);
}

}  // namespace kaskad::train

#endif
