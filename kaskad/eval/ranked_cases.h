// The ranks of all targets of a phase: what every metric, segment and comparison is made of.
// Made from a retriever here, from a file of lists in recommendations.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/rank_metrics.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

struct RankOptions {
  size_t k = 10;  // the longest list that a metric looks at
  TieRule ties = TieRule::kMiddle;
  bool exclude_seen = true;  // items of the history are neither recommended nor asked
  int threads = 0;           // 0: all; the result does not depend on it
};

// Cases with at least one target, in the order of the phase.
struct RankedCases {
  std::string model;  // kind of the retriever, or where the lists came from
  size_t k = 0;       // length of each list
  TieRule ties = TieRule::kMiddle;
  bool exclude_seen = true;
  std::vector<EvalCase> cases;
  std::vector<uint64_t> offsets;     // (cases + 1) into targets and target_ranks
  std::vector<ItemId> targets;       // distinct within a case
  std::vector<double> target_ranks;  // 1-based; infinite where beyond k
  std::vector<ItemId> lists;         // (cases, k), best first; kNoItem behind the end
  size_t dropped_targets = 0;        // in the history already
  size_t dropped_cases = 0;          // all of whose targets were
  size_t rescored_cases = 0;         // whose ties reached beyond the retrieved list

  size_t size() const { return cases.size(); }
};

// The cases with their targets; ranks all infinite and lists empty.
RankedCases collect_cases(const Dataset& dataset, const Phase& phase, const RankOptions& options);

// Asks the full catalogue. Ranks come from the retrieved lists; where items of one score reach
// from the first k beyond the end of a list, all items are scored.
RankedCases rank_cases(const Retriever& retriever, const Dataset& dataset, const Phase& phase,
                       const RankOptions& options = {}, const Progress& progress = {});

}  // namespace kaskad
