// Items by what is known of them: the sum of a learned vector for each category value, and a linear
// map of all numbers. An item that nobody has touched yet gets a vector from this.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "kaskad/dataset/features.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

// How numbers become columns: (number - shift) * scale each, 0 where missing, and a flag behind
// those that have one.
struct NumberScale {
  std::vector<float> shift, scale;  // (numbers)
  std::vector<uint8_t> flagged;     // (numbers)
};

class ItemFeatures : public torch::nn::Module {
 public:
  // Copies what it needs of `features`.
  ItemFeatures(const FeatureTable& features, int64_t dimension);

  // `items` (n) int64 -> (n, dimension)
  torch::Tensor forward(const torch::Tensor& items) const;
  // The same of items that no table holds: declares the inputs "item_codes" int64 (items, any),
  // codes of FeatureSchema::of() the table, 0 fills up, and "item_numbers" float (items, numbers),
  // its numbers as they are, NaN where unknown; as far as there are columns.
  Value emit(Graph& graph) const;

 private:
  // A categorical column: values of item i are codes[offsets[i] .. offsets[i + 1]).
  struct Bags {
    torch::Tensor table;  // (values, dimension)
    torch::Tensor offsets, codes;
  };

  std::vector<Bags> bags_;
  torch::Tensor numbers_;  // (items, columns), see number_columns()
  NumberScale scale_;      // of the numbers as they are; not part of what is saved
  std::shared_ptr<Linear> map_;
};

// (rows, columns) float: of a dense number its standardised value, 0 where missing, and a column
// that is 1 where it is missing; of a content vector its places, divided by the vectors' root mean
// square length, 0 where missing. Undefined when there are no dense features.
torch::Tensor number_columns(const FeatureTable& features, NumberScale* scale = nullptr);

}  // namespace kaskad::train
