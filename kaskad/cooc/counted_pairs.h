// Pairs that a cluster counted for a blend (spark/count_pairs.py, docs/spark.md): read here and
// made into the model that fit_cooc() would have made of the same log. Called by `kaskad import`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/pair_counts.h"
#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

inline constexpr int kCountedPairsVersion = 1;

struct CountedPairs {
  Blend blend;  // what they were counted for
  TimeKind time_kind = TimeKind::kOrder;
  int64_t horizon = 0;               // the newest event that was counted
  uint64_t users = 0, events = 0;    // of the log
  std::vector<uint64_t> popularity;  // (items) events
  PairCounts counts;                 // of every weighting that a part of the blend counts by
};

// Whether the directory holds such pairs, by its manifest.
bool holds_counted_pairs(const std::string& directory);

// Numbered as `items` does. Throws Error when a file is missing or damaged, when an item is not
// among `items`, and when the numbers do not add up to what the manifest says.
CountedPairs read_counted_pairs(const std::string& directory, const IdMap& items, int threads,
                                const Progress& progress = {});

// `dataset` has the items of `counted` and, where a part asks for content, their features. Throws
// Error for a part that pairs do not make: EASE, popularity with a trend.
std::unique_ptr<CoocModel> fit_counted(const CountedPairs& counted, const Dataset& dataset,
                                       const FitOptions& options);

}  // namespace kaskad
