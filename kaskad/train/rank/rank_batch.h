// What a neural ranker sees of some lists at once. Made by RankBatcher, read by rank models.
#pragma once

#include <torch/torch.h>

namespace kaskad::train {

struct RankBatch {
  // Histories as NeuralRequest has them, padded on the left with kPadding.
  torch::Tensor tokens = {};       // (lists, length) int64
  torch::Tensor gaps = {};         // (lists, length) int64; zeros where the model does not ask
  torch::Tensor request_gap = {};  // (lists) int64
  torch::Tensor actions = {};      // (lists, length) int64; read by models that ask

  torch::Tensor ages = {};  // (lists, length) int64; zeros at padding

  // What a query tower sees beside it, of models that have one; see QueryInputs.
  torch::Tensor query_tokens = {};  // (lists, words) int64, padded on the right with 0
  torch::Tensor query = {};         // (lists) int64
  torch::Tensor user_codes = {};    // (lists, places) int64
  torch::Tensor user_numbers = {};  // (lists, numbers) float
  torch::Tensor clock = {};         // (lists, kClockPlaces) int64

  // Candidates, padded on the right.
  torch::Tensor candidates = {};  // (lists, m) int64: item + 1; 0 for unknown items and for padding
  torch::Tensor rows = {};        // (lists, m) int64: item + 1 of unknown items, too
  torch::Tensor numbers = {};     // (lists, m, numbers) float
  torch::Tensor real = {};        // (lists, m) bool: no padding
  torch::Tensor labels = {};      // (lists, m, heads) float
};

}  // namespace kaskad::train
