// Losses over places that have a target. All of METHODS.md's: full softmax, sampled softmax with
// LogQ (2507.09331), BCE (1808.09781), gBCE (2308.07192), in-batch softmax. Called by the trainer.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/item_frequency.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// The places of a batch that have a target, flattened.
struct Places {
  torch::Tensor states;    // (places, dimension)
  torch::Tensor targets;   // (places) int64 items
  torch::Tensor sequence;  // (places) int64: the row of the batch a place belongs to, ascending
  int64_t num_sequences = 0;
};

class Loss {
 public:
  virtual ~Loss() = default;
  // A scalar: the mean over the places. `model` gives the vectors of targets and negatives.
  virtual torch::Tensor operator()(const Places& places, SequenceModel& model) = 0;
};

// `frequency` must outlive the loss; it tells how often items are drawn as in-batch negatives.
// Negatives are drawn from `generator`, so that a run can be repeated and resumed.
std::unique_ptr<Loss> make_loss(const Recipe& recipe, const ItemFrequency& frequency,
                                torch::Generator generator);

}  // namespace kaskad::train
