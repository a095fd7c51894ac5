// The small network of one group of what is known of a request, W2 leaky(W1 x + b1) + b2 with
// leaky(x) = max(x, x / 5), as InteractRank (2504.06609) has it in front of its crossing.
#pragma once

#include <memory>

#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

class GroupNet : public torch::nn::Module {
 public:
  explicit GroupNet(int64_t dimension);

  torch::Tensor forward(const torch::Tensor& x) const;  // (..., dimension), the same
  Value emit(Graph& graph, const Value& x) const;

 private:
  std::shared_ptr<Linear> in_, out_;
};

}  // namespace kaskad::train
