// The items that a sampled loss needs, each turned into a vector once, and who among the places
// meets its own target as a negative. Used by sampled_softmax and bce_loss.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

struct LossItems {
  torch::Tensor vectors;         // (rows, dimension), differentiable
  torch::Tensor target_rows;     // (places) int64: same row, same item
  torch::Tensor candidate_rows;  // (sets, candidates) int64
};

// `targets` (places) and `candidates` (sets, candidates) are items. A large sample takes the whole
// catalogue, where it is here, without looking for what occurs in it; a small one takes the
// distinct items.
LossItems item_rows(SequenceModel& model, const torch::Tensor& targets,
                    const torch::Tensor& candidates);

// Accidental hits: (place, candidate) where the candidate is the place's target; one for each time
// that the target is in the sample.
struct Hits {
  std::vector<int64_t> begin;  // (places + 1): hits of place p are [begin[p], begin[p + 1])
  torch::Tensor entries;       // (hits) int64: place * candidates + candidate, ascending by place
  torch::Tensor count;         // (places) float
  int64_t candidates = 0;      // of a set

  // Adds `value`, a number or (hits), to the hits' scores (rows, candidates) of places
  // [first, last).
  void add(const torch::Tensor& scores, int64_t first, int64_t last,
           const torch::Tensor& value) const;
};

Hits find_hits(const LossItems& items, const std::vector<int64_t>& set_begin);

// Added to a score it leaves exp() nothing; finite, so that a row of hits alone is no 0 / 0.
inline constexpr double kMasked = -1e30;

}  // namespace kaskad::train
