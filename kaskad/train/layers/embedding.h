// A learned vector for each of a few numbers: positions, buckets of time.
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

class Embedding : public torch::nn::Module {
 public:
  Embedding(int64_t rows, int64_t dimension);

  // int64 of any shape -> (..., dimension)
  torch::Tensor forward(const torch::Tensor& numbers) const;
  Value emit(Graph& graph, const Value& numbers) const;

 private:
  torch::Tensor table_;  // (rows, dimension)
};

}  // namespace kaskad::train
