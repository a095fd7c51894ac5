// The contract between models, losses and the trainer: a model turns histories into vectors of the
// user at every place, and items into vectors of the same space; score = dot product.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "kaskad/dataset/dataset.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/item_table.h"

namespace kaskad::train {

class SequenceModel : public torch::nn::Module {
 public:
  ~SequenceModel() override = default;

  virtual int64_t num_items() const = 0;
  virtual int64_t dimension() const = 0;

  // (batch, length, dimension): the user as seen after each place, length <= max_history. Places of
  // padding are 0. Honours train()/eval() for dropout.
  virtual torch::Tensor encode(const SequenceBatch& batch) = 0;

  // (batch, dimension): the user at the end of histories of any length, as user_graph() computes
  // it: only the newest events that fit are seen, and BERT4Rec's masked place is appended here.
  virtual torch::Tensor user_vectors(const SequenceBatch& batch) {
    return encode(batch).select(1, -1);
  }

  // Vectors of these items, any shape of int64 item numbers -> (..., dimension). Differentiable.
  virtual torch::Tensor item_vectors(const torch::Tensor& items) = 0;
  // (items, dimension), in the order of the items; of a model without shards(). Differentiable.
  virtual torch::Tensor all_item_vectors() = 0;

  // The table of items where it lies spread over processes: the calls above are then collective,
  // and so are encode() and user_vectors(). Null: it is here as a whole.
  virtual ShardedTable* shards() { return nullptr; }
  // Of items whose rows are this process' own: which they are, and their vectors (own items,
  // dimension). No collective call.
  virtual ItemRange own_items() const { return {.count = num_items()}; }
  virtual torch::Tensor own_item_vectors() { return all_item_vectors(); }

  // The vector of the user at the end of the history as an ONNX file:
  //   in   "history" int64 (batch, length): tokens as in SequenceBatch, at least one place; of a
  //                  longer history than max_history the newest events are seen
  //        "gaps"    int64 (batch, length): only when the recipe asks for time gaps
  //        "user_codes", "user_numbers", "clock": as UserInputs has them, when the recipe asks
  //   out  "user"    float (batch, dimension)
  // The special token in front of a short history is put there by the caller (causal models);
  // BERT4Rec appends its masked place inside the graph.
  virtual std::string user_graph() const = 0;

  // All places at which the loss is taken may be asked of one forward pass (causal), or each
  // needs a masked place (BERT4Rec).
  virtual bool is_causal() const = 0;
};

// `dataset` gives the catalogue and its features; nothing of the events is read. With a `group`,
// which must outlive the model, the table of items lies spread over its processes.
std::shared_ptr<SequenceModel> make_model(const Recipe& recipe, const Dataset& dataset,
                                          Group* group = nullptr);

}  // namespace kaskad::train
