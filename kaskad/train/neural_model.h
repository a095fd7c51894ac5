// What SASRec, BERT4Rec and two-tower share: the catalogue, drawing of the weights, optional unit
// length, and the frame of the ONNX file. A kind of model says how rows become users.
#pragma once

#include <memory>
#include <string>

#include "kaskad/train/layers/dropout.h"
#include "kaskad/train/layers/rows.h"
#include "kaskad/train/layers/unit_length.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// Items as a model needs them; `features` null for items by id alone.
struct ModelCatalogue {
  int64_t num_items = 0;
  const FeatureTable* features = nullptr;
  const FeatureTable* users = nullptr;  // features of users; null: not asked
  Group* group = nullptr;               // over whose processes the items' table lies spread
};

class NeuralModel : public SequenceModel {
 public:
  int64_t num_items() const override { return items_->num_items(); }
  int64_t dimension() const override { return recipe_.dimension; }
  torch::Tensor encode(const SequenceBatch& batch) override;
  torch::Tensor user_vectors(const SequenceBatch& batch) override;
  torch::Tensor item_vectors(const torch::Tensor& items) override;
  torch::Tensor all_item_vectors() override;
  ShardedTable* shards() override { return items_->shards(); }
  ItemRange own_items() const override { return items_->own_items(); }
  torch::Tensor own_item_vectors() override;
  std::string user_graph() const override;
  bool is_causal() const override { return recipe_.causal; }

 protected:
  NeuralModel(const Recipe& recipe, const ModelCatalogue& catalogue);

  // Every matrix and table from N(0, init_std) under the recipe's seed; the end of a constructor.
  void draw_weights();

  // Vectors of the rows of the batch (rows, dimension).
  virtual torch::Tensor users_of(const SequenceBatch& batch, const Rows& rows) = 0;
  // Embeddings of the rows' tokens (rows, dimension).
  torch::Tensor tokens_of(const SequenceBatch& batch, const Rows& rows) const {
    return items_->tokens(rows.pack(batch.tokens));
  }
  // Item vectors out of their embeddings.
  virtual torch::Tensor items_of(const torch::Tensor& embeddings) { return embeddings; }

  // (batch, dimension) at the last place. `gaps` has no name unless the recipe asks for it. May
  // declare further inputs of the graph.
  virtual Value emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const = 0;
  // Whether a place with the special token follows the history when the model is asked.
  virtual bool asks_by_mask() const { return false; }

  const Recipe recipe_;
  std::shared_ptr<DropoutMasks> masks_;
  std::shared_ptr<ItemTable> items_;

 private:
  // Newest events that leave room for the place that asks.
  int64_t events_that_fit() const { return recipe_.max_history - (asks_by_mask() ? 1 : 0); }
  torch::Tensor newest(const torch::Tensor& input, int64_t appended) const;
  Value emit_newest(Graph& graph, const Value& input, int64_t appended) const;

  std::shared_ptr<Temperature> temperature_;  // null unless the recipe asks for unit length
};

}  // namespace kaskad::train
