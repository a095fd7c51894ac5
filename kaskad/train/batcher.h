// Histories -> batches to learn from. Which sequences stand in which batch is a function of the
// seed and the epoch alone; a batch can be made again at any time. Called by the trainer.
//
// Causal models (1808.09781): the sequence is shifted by one, so that every event is told from
// those before it, the first one from the special token in front:
//   events  a b c    ->  tokens  B a b    targets  a b c
// Masked models (1904.06690): some places hold the special token, and are told:
//   events  a b c    ->  tokens  a M c    targets  - b -
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/feature_schema.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/batch.h"

namespace kaskad::train {

// The process that makes a batch: it takes rows rank, rank + size, ... of each.
struct Shard {
  int rank = 0, size = 1;
};

// The order of one epoch.
struct EpochPlan {
  struct Row {
    uint32_t sequence;  // number of the sequence
    bool last_masked;   // masked models: only its last place is told
  };
  int64_t epoch = 0;
  std::vector<Row> rows;
  std::vector<std::pair<size_t, size_t>> batches;  // [first, last) into rows

  size_t num_batches() const { return batches.size(); }
};

// Read-only after construction, thread-safe. The dataset must outlive it.
class Batcher {
 public:
  // Learns of events [0, fit_end[u]) of user u and of nothing behind them. Throws Error when there
  // is nothing to learn, or when the recipe asks for times and the dataset has no clock.
  Batcher(const Dataset& dataset, std::span<const uint32_t> fit_end, const Recipe& recipe);

  EpochPlan plan(int64_t epoch) const;

  // Batch number `batch` of a plan; leading columns without a token are cut. The tensors may have
  // no row when the shard has none.
  SequenceBatch make(const EpochPlan& plan, size_t batch, const Shard& shard = {}) const;

  size_t num_sequences() const { return sequences_.size(); }

  // (items) how often each stands as a target when every place of every sequence is told.
  std::vector<uint64_t> target_counts() const;

 private:
  // Events [begin, end) of a user are told.
  struct Sequence {
    UserId user;
    uint32_t begin, end;
  };

  void cut_sequences(std::span<const uint32_t> fit_end);
  size_t length(const Sequence& sequence) const { return sequence.end - sequence.begin; }
  void order_by_length(EpochPlan& plan) const;
  void write_causal(const Sequence& sequence, std::span<int64_t> tokens, std::span<int64_t> targets,
                    std::span<int64_t> gaps) const;
  void write_masked(const Sequence& sequence, std::span<const size_t> masked,
                    std::span<int64_t> tokens, std::span<int64_t> targets,
                    std::span<int64_t> gaps) const;
  // (places, width, kClockPlaces): when each event that is told happened.
  torch::Tensor clock_of(const EpochPlan& plan, std::span<const size_t> places, size_t width) const;

  const Dataset& dataset_;
  const Recipe recipe_;
  const bool causal_;
  const int64_t special_;
  const FeatureSchema users_;  // empty unless the recipe asks for features of users
  std::vector<Sequence> sequences_;
};

}  // namespace kaskad::train
