// Items by what is known of them: the sum of a learned vector for each category value, and a linear
// map of all numbers. An item that nobody has touched yet gets a vector from this.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "kaskad/dataset/features.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

class ItemFeatures : public torch::nn::Module {
 public:
  // Copies what it needs of `features`.
  ItemFeatures(const FeatureTable& features, int64_t dimension);

  // `items` (n) int64 -> (n, dimension)
  torch::Tensor forward(const torch::Tensor& items) const;

 private:
  // A categorical column: values of item i are codes[offsets[i] .. offsets[i + 1]).
  struct Bags {
    torch::Tensor table;  // (values, dimension)
    torch::Tensor offsets, codes;
  };

  std::vector<Bags> bags_;
  torch::Tensor numbers_;  // (items, columns), see number_columns()
  std::shared_ptr<Linear> map_;
};

// (rows, columns) float: of a dense number its standardised value, 0 where missing, and a column
// that is 1 where it is missing; of a content vector its places, divided by the vectors' root mean
// square length, 0 where missing. Undefined when there are no dense features.
torch::Tensor number_columns(const FeatureTable& features);

}  // namespace kaskad::train
