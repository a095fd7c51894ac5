// One cross layer of DCN-v2 (2008.13535): multiplies what comes in with all of the first input.
//   x' = x0 * (W x + b) + x,  W full, or U V^T of low rank
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

class CrossLayer : public torch::nn::Module {
 public:
  // `rank` 0: a full matrix.
  CrossLayer(int64_t width, int64_t rank);

  // x0, x (..., width) -> (..., width)
  torch::Tensor forward(const torch::Tensor& x0, const torch::Tensor& x) const;
  Value emit(Graph& graph, const Value& x0, const Value& x) const;

 private:
  std::shared_ptr<Linear> down_, map_;  // down_ null where the matrix is full
};

}  // namespace kaskad::train
