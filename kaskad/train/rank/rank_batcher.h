// Stored lists -> batches to learn from. Which lists stand in which batch, and which candidates of
// a long list, is a function of the seed and the epoch alone. Called by the rank trainer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/train/rank/rank_batch.h"
#include "kaskad/train/recipe.h"

namespace kaskad::train {

// Read-only after construction, thread-safe. What it is given must outlive it.
class RankBatcher {
 public:
  // Lists without a positive are left out. Throws Error when none is left.
  RankBatcher(const Dataset& dataset, const Impressions& lists, const RequestWriter& writer,
              const Recipe& recipe);

  // List numbers of each batch of an epoch.
  std::vector<std::vector<uint32_t>> plan(int64_t epoch) const;
  // Of a list longer than recipe.max_candidates all positives and a draw of the others; of the
  // history's actions one in fifty as one that is not known.
  RankBatch make(std::span<const uint32_t> lists, int64_t epoch) const;

  size_t num_lists() const { return asked_.size(); }

 private:
  const Dataset& dataset_;
  const Impressions& lists_;
  const RequestWriter& writer_;
  const Recipe recipe_;
  std::vector<uint32_t> asked_;  // numbers of the lists with a positive
};

// One list with all its candidates, for measuring.
RankBatch whole_list(const Dataset& dataset, const ImpressionList& list,
                     const RequestWriter& writer);

}  // namespace kaskad::train
