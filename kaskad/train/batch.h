// What a sequence model sees of some histories at once. Made by the batcher out of a dataset,
// read by models, losses and the trainer.
#pragma once

#include <torch/torch.h>

namespace kaskad::train {

// Tokens of a history: 0 pads on the left, item i is i + 1, and one special token stands behind
// the items: where a history begins (causal models), or the masked place (BERT4Rec).
inline constexpr int64_t kPadding = 0;
inline int64_t special_token(int64_t num_items) { return num_items + 1; }
inline constexpr int64_t kNoTarget = -1;

struct SequenceBatch {
  torch::Tensor tokens = {};  // (batch, length) int64; the newest event is last
  torch::Tensor gaps = {};    // (batch, length) int64 bucket of the time since the event before;
                              // undefined when the model does not ask for it
  // Of the user, the same at all places; undefined when the model does not ask for them.
  torch::Tensor user_codes = {};    // (batch, places) int64 codes of a FeatureSchema, 0 fills up
  torch::Tensor user_numbers = {};  // (batch, numbers) float, NaN where unknown
  torch::Tensor clock = {};    // (batch, length, kClockPlaces) int64 codes of the time at which the
                               // place is asked; undefined when the model does not ask for it
  torch::Tensor targets = {};  // (batch, length) int64 item to be told at this place, or kNoTarget
};

}  // namespace kaskad::train
