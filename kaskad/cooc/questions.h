// The cases of a phase in the form in which matrices are asked: histories newest first, seen
// items, targets. Built once and put to every variant of a grid.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/cooc/history_weighting.h"
#include "kaskad/cooc/lane_tables.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/split.h"
#include "kaskad/kernels/tile_scorer.h"

namespace kaskad {

// Read-only once built. Targets that are in the history are left out (seen items are never
// recommended); a case without targets is kept with an empty list and does not count.
struct Questions {
  const Dataset* dataset = nullptr;
  std::vector<EvalCase> cases;
  std::vector<uint64_t> target_begin;  // (cases + 1)
  std::vector<uint32_t> targets;
  std::vector<uint64_t> seen_begin;  // (cases + 1)
  std::vector<uint32_t> seen;        // distinct items of each history, ascending

  size_t size() const { return cases.size(); }
  size_t num_targets() const { return targets.size(); }

  // At most `max_cases` of the phase's cases (0: all), taken evenly.
  static Questions build(const Dataset& dataset, const Phase& phase, size_t max_cases = 0);
};

// Histories of all cases under up to kHistoryLanes weightings that share one way to combine.
// Read-only once built.
struct WeighedHistories {
  CombineOp op = CombineOp::kSum;
  size_t lanes = 0;
  std::vector<uint64_t> begin;  // (cases + 1)
  std::vector<uint32_t> items;  // newest first
  AlignedFloats weights;        // (items, kHistoryLanes); 0 in unused lanes

  static WeighedHistories build(const Questions& questions,
                                std::span<const HistoryWeighting> weightings);
};

}  // namespace kaskad
