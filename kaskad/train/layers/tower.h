// The last part of a tower of a two-tower model (DSSM): y = x + W2 relu(W1 LN(x) + b1) + b2. With
// the residual a tower begins as almost the identity, so that items and histories, which share
// their embeddings, begin close to each other.
#pragma once

#include <memory>

#include "kaskad/train/layers/feed_forward.h"
#include "kaskad/train/layers/layer_norm.h"

namespace kaskad::train {

class Tower : public torch::nn::Module {
 public:
  Tower(int64_t dimension, int64_t inner, double dropout,
        const std::shared_ptr<DropoutMasks>& masks);

  torch::Tensor forward(const torch::Tensor& x) const;  // (..., dimension), the same
  Value emit(Graph& graph, const Value& x) const;

 private:
  std::shared_ptr<LayerNorm> norm_;
  std::shared_ptr<FeedForward> feed_forward_;
};

}  // namespace kaskad::train
