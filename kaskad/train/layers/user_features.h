// Users by what is known of them: the sum of a learned vector for each category value, and a linear
// map of all numbers and of which are missing. Of a user who comes with nothing only the latter is
// left.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/dataset/feature_schema.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/linear.h"

namespace kaskad::train {

class UserFeatures : public torch::nn::Module {
 public:
  // Numbers are standardised by the mean and deviation of the table's columns.
  UserFeatures(const FeatureTable& users, int64_t dimension);

  // user_codes and user_numbers of the batch -> (batch, dimension)
  torch::Tensor forward(const SequenceBatch& batch) const;
  // Declares the inputs "user_codes" and "user_numbers" of the graph, as far as there are columns.
  Value emit(Graph& graph) const;

  // The vector of code 0, which fills rows up, is zero; for when the table has been drawn.
  void clear_padding();

 private:
  torch::Tensor table_;         // (codes, dimension); undefined without categorical columns
  torch::Tensor mean_, scale_;  // (numbers); undefined without dense columns
  std::shared_ptr<Linear> map_;
};

}  // namespace kaskad::train
