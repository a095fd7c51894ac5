// A vector for every token of batch.h: the item's own learned row, and what its features add.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/train/layers/item_features.h"

namespace kaskad::train {

class ItemTable : public torch::nn::Module {
 public:
  // `features` null: items by id alone.
  ItemTable(int64_t num_items, int64_t dimension, const FeatureTable* features);

  int64_t num_items() const { return num_items_; }

  // `tokens` (n), no padding among them -> (n, dimension)
  torch::Tensor tokens(const torch::Tensor& tokens) const;
  // `items` of any shape -> (..., dimension)
  torch::Tensor items(const torch::Tensor& items) const;
  // (items, dimension)
  torch::Tensor all_items() const;
  // The row of one token and the features of another, which may be kPadding: of an item whose id
  // was never learned, and of none at all. Both of any shape -> (..., dimension)
  torch::Tensor apart(const torch::Tensor& id_tokens, const torch::Tensor& feature_tokens) const;
  // The rows alone, of tokens (items), as a table of the graph.
  Value emit_ids(Graph& graph, const Value& tokens) const;
  // What the features add by themselves; null where there are none.
  const ItemFeatures* features() const { return features_.get(); }

  // All tokens' vectors, features included, become one table of the graph.
  Value emit(Graph& graph, const Value& tokens) const;

  // The vector of padding is zero; for when the table has been drawn at random.
  void clear_padding();

 private:
  int64_t num_items_;
  torch::Tensor table_;  // (items + 2, dimension)
  std::shared_ptr<ItemFeatures> features_;
};

}  // namespace kaskad::train
