// Weighted co-occurrence counts: one walk over the pairs feeds up to sixteen weightings, whose
// accumulators of an item lie side by side in one cache line. Rows are gathered one item at a
// time (Gustavson), so that the accumulators of a row stay in the second-level cache and rows
// go to threads without locks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/cooc/normalisation.h"
#include "kaskad/cooc/sequences.h"
#include "kaskad/cooc/weighting.h"
#include "kaskad/core/progress.h"

namespace kaskad {

// Some neighbouring rows. Row r of the block has columns [row_begin[r], row_begin[r + 1]).
struct CountBlock {
  std::vector<uint32_t> row_begin;         // (rows + 1)
  std::vector<uint32_t> columns;           // union over the weightings
  std::vector<std::vector<float>> values;  // (weightings, columns); 0 where a lane has no pair
  std::vector<float> row_sum;              // (rows, weightings), before any pruning
};

// Read-only once built.
struct PairCounts {
  static constexpr size_t kBlockRows = 64;

  size_t num_items = 0;
  double num_users = 0;
  std::vector<PairWeighting> weightings;
  std::vector<CountBlock> blocks;
  std::vector<std::vector<float>> occurrences;  // (weightings, items), weighted like the pairs

  Marginals marginals(size_t weighting) const;
  uint64_t num_pairs() const;  // stored columns over all rows
};

struct PairCountOptions {
  int threads = 1;
  // Columns kept of a row, by count / sqrt(occurrences) in the best of the weightings; 0: all.
  // Bounds the memory on large catalogues.
  uint32_t max_columns = 0;
};

// At most kLanes weightings, all of the max_history that `sequences` were built with. Throws Error
// when one needs a clock and the log has none.
PairCounts count_pairs(const Sequences& sequences, std::span<const PairWeighting> weightings,
                       const PairCountOptions& options, const Progress& progress = {});

}  // namespace kaskad
