// Crosses what is known of a request by multiplying it with masks made of itself: parallel MaskNet
// (2102.07619), as InteractRank has it (2504.06609). Of block k
//   y_k = dropout( relu( LN( W (m * v) ) ) ),  m = M2 relu(M1 v)
// and the blocks stand side by side.
#pragma once

#include <memory>
#include <vector>

#include "kaskad/train/layers/dropout.h"
#include "kaskad/train/layers/layer_norm.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

struct MaskNetOptions {
  int64_t blocks = 4;
  int64_t width = 64;  // of a block's output
  int64_t inner = 32;  // between M1 and M2
  double dropout = 0;
};

class MaskNet : public torch::nn::Module {
 public:
  MaskNet(int64_t inputs, const MaskNetOptions& options,
          const std::shared_ptr<DropoutMasks>& masks);

  // (..., inputs) -> (..., blocks * width)
  torch::Tensor forward(const torch::Tensor& v) const;
  Value emit(Graph& graph, const Value& v) const;

 private:
  struct MaskBlock {
    std::shared_ptr<Linear> mask_in, mask_out, map;
    std::shared_ptr<LayerNorm> norm;
  };

  std::vector<MaskBlock> blocks_;
  std::shared_ptr<Dropout> dropout_;
};

}  // namespace kaskad::train
