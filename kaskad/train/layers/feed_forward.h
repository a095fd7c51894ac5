// The position-wise network of a block, dimension -> inner -> dimension.
//   relu    W2 relu(W1 x + b1) + b2                SASRec (1808.09781)
//   gelu    W2 gelu(W1 x + b1) + b2                BERT4Rec (1904.06690), gelu by the error
//   function swiglu  W3 (silu(W1 x) * (W2 x)), no bias      LiGR (2502.03417)
#pragma once

#include "kaskad/train/layers/dropout.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

enum class Activation { kRelu, kGelu, kSwiglu };

class FeedForward : public torch::nn::Module {
 public:
  // Dropout is applied to the inner values of relu and gelu.
  FeedForward(int64_t dimension, int64_t inner, Activation activation, double dropout,
              const std::shared_ptr<DropoutMasks>& masks);

  torch::Tensor forward(const torch::Tensor& x) const;
  Value emit(Graph& graph, const Value& x) const;

 private:
  int64_t inner_;
  Activation activation_;
  std::shared_ptr<Linear> in_, out_;  // in_ of swiglu gives W1 x and W2 x side by side
  std::shared_ptr<Dropout> dropout_;
};

// x / 2 * (1 + erf(x / sqrt(2))).
Value emit_gelu(Graph& graph, const Value& x);

}  // namespace kaskad::train
