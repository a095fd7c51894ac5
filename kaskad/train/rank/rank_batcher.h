// Stored lists -> batches to learn from. Which lists stand in which batch, and which candidates of
// a long list, is a function of the seed and the epoch alone. Called by the rank trainer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/rank/rank_batch.h"

namespace kaskad::train {

// Counters of stored lists as of each list's own time, which no store answers: they take the place
// of the columns that the writer leaves. (candidates of all lists, counters), scaled.
struct ListCounters {
  std::span<const float> values;
  std::vector<uint64_t> begin;  // (lists) first candidate
};

// Read-only after construction, thread-safe. What it is given must outlive it.
class RankBatcher {
 public:
  // Lists without a positive are left out. Throws Error when none is left.
  RankBatcher(const Dataset& dataset, const Impressions& lists, const RequestWriter& writer,
              const Recipe& recipe, const ListCounters* counters = nullptr);

  // List numbers of each batch of an epoch.
  std::vector<std::vector<uint32_t>> plan(int64_t epoch) const;
  // Of a list longer than recipe.max_candidates all positives and a draw of the others; of the
  // history's actions one in fifty as one that is not known; with a query side, a share of items,
  // words and queries likewise.
  RankBatch make(std::span<const uint32_t> lists, int64_t epoch) const;

  size_t num_lists() const { return asked_.size(); }

 private:
  const Dataset& dataset_;
  const Impressions& lists_;
  const RequestWriter& writer_;
  const Recipe recipe_;
  const ListCounters* counters_;
  std::vector<uint32_t> asked_;  // numbers of the lists with a positive
};

// One list with all its candidates, for measuring.
RankBatch whole_list(const Dataset& dataset, const ImpressionList& list,
                     const RequestWriter& writer);

}  // namespace kaskad::train
