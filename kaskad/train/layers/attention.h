// Multi-head self-attention: queries, keys and values by one linear map, attend(), and a linear map
// of the heads' answers.
#pragma once

#include "kaskad/train/layers/attend.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

class Attention : public torch::nn::Module {
 public:
  Attention(int64_t dimension, const AttentionOptions& options, bool bias, double dropout,
            const std::shared_ptr<DropoutMasks>& masks);

  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) const;
  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const;

 private:
  int64_t dimension_;
  AttentionOptions options_;
  std::shared_ptr<Linear> in_, out_;
  std::shared_ptr<Dropout> dropout_;
};

}  // namespace kaskad::train
