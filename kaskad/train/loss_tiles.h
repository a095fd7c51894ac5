// The work that the losses over many candidates share. Places are scored against their candidates a
// tile at a time; the loss turns a tile of scores into its gradient on the spot, two products carry
// that into the gradients of states and vectors, and the tile is used again. So the scores of a
// batch are never in memory at once (25,600 places x 54,542 items would be 5.6 GB), and the forward
// pass has already done the work of the backward pass. Used by softmax_loss, sampled_softmax and
// bce_loss.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "kaskad/train/loss.h"

namespace kaskad::train {

// Places [begin, end), all with the candidates of `set`.
struct Tile {
  int64_t begin, end, set;
  torch::Tensor positive;  // (rows): score of the target
  torch::Tensor scores;    // (rows, candidates): overwritten, see TileGradient
};

// d loss / d score of a candidate is factor[row] * scores[row, candidate], so that a normalisation
// costs no pass over the tile.
struct TileGradient {
  torch::Tensor loss;      // (rows)
  torch::Tensor positive;  // (rows): d loss / d positive
  torch::Tensor factor;    // (rows); undefined: 1
};

// A loss of single places. Called from several threads at once, with autograd off.
class TileLoss {
 public:
  virtual ~TileLoss() = default;
  virtual TileGradient operator()(const Tile& tile) const = 0;
};

// Who is scored against whom.
struct Scoring {
  torch::Tensor states;            // (places, dimension)
  torch::Tensor vectors;           // (rows, dimension): items that take part
  torch::Tensor target_rows;       // (places) int64: row of the target
  torch::Tensor candidate_rows;    // (sets, candidates) int64; undefined: one set, all rows
  std::vector<int64_t> set_begin;  // (sets + 1): places of set s are [set_begin[s], set_begin[s+1])
};

// The mean of the loss over the places, a scalar with gradients for states and vectors (first
// derivatives only). Reproducible for a given number of threads.
torch::Tensor tiled_mean(const Scoring& scoring, const TileLoss& loss);

// One set for all places.
std::vector<int64_t> one_set(const Places& places);
// One set for each sequence of the batch.
std::vector<int64_t> set_per_sequence(const Places& places);

// Row-wise softmax of `scores` in place; returns the (rows) logarithms of the sums of exponentials.
torch::Tensor softmax_in_place(const torch::Tensor& scores);

}  // namespace kaskad::train
