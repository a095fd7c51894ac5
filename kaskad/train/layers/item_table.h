// A vector for every token of batch.h: the item's own learned row, and what its features add. The
// rows lie in this process, or spread over the processes of a group (sharded_table.h).
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/train/layers/item_features.h"
#include "kaskad/train/sharded_table.h"

namespace kaskad::train {

// Items first, first + step, ...: `count` of them.
struct ItemRange {
  int64_t first = 0, step = 1, count = 0;
};

class ItemTable : public torch::nn::Module {
 public:
  // `features` null: items by id alone. `group` null: all rows are this process' own; else it must
  // outlive the table, and lookups are collective calls.
  ItemTable(int64_t num_items, int64_t dimension, const FeatureTable* features,
            Group* group = nullptr);

  int64_t num_items() const { return num_items_; }
  ShardedTable* shards() const { return shards_.get(); }  // null: all rows are here

  // `tokens` (n), no padding among them -> (n, dimension)
  torch::Tensor tokens(const torch::Tensor& tokens) const;
  // `items` of any shape -> (..., dimension)
  torch::Tensor items(const torch::Tensor& items) const;
  // Those whose rows are this process' own, and their vectors (own items, dimension).
  ItemRange own_items() const;
  torch::Tensor own_vectors() const;
  // The row of one token and the features of another, which may be kPadding: of an item whose id
  // was never learned, and of none at all. Both of any shape -> (..., dimension)
  torch::Tensor apart(const torch::Tensor& id_tokens, const torch::Tensor& feature_tokens) const;
  // The rows alone, of tokens (items), as a table of the graph. This and what follows are of a
  // table that is here as a whole.
  Value emit_ids(Graph& graph, const Value& tokens) const;
  // What the features add by themselves; null where there are none.
  const ItemFeatures* features() const { return features_.get(); }

  // All tokens' vectors, features included, become one table of the graph.
  Value emit(Graph& graph, const Value& tokens) const;

  // The vector of padding is zero; for when the table has been drawn at random.
  void clear_padding();

 private:
  // The rows of these tokens, of any shape.
  torch::Tensor rows(const torch::Tensor& tokens) const;

  int64_t num_items_;
  torch::Tensor table_;  // (items + 2, dimension), or this process' share of it
  std::unique_ptr<ShardedTable> shards_;
  std::shared_ptr<ItemFeatures> features_;
};

}  // namespace kaskad::train
