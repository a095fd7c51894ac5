// Runs the variants of a grid: all of a space, then single-knob steps from the best one until
// none is better; or, under a time budget, random variants by successive halving.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

struct SearchOptions {
  ScorerOptions scorer;
  double budget_seconds = 0;  // 0: the whole space; else random search for that long
  int refinements = 3;        // rounds of single-knob steps
  uint64_t seed = 1;          // of the random search
};

// The best so far, after some seconds.
struct TracePoint {
  double seconds = 0;
  size_t variants = 0;
  double best = 0;
};

struct SearchResult {
  std::vector<VariantScore> leaders;  // best first
  std::vector<TracePoint> trace;
  size_t resumed = 0;  // variants taken over from an earlier run
  double seconds = 0;
  size_t num_cases = 0;
};

// `phases` are the validation windows. With a `journal_directory` finished variants are kept
// there and a later call with the same dataset, split and options continues.
SearchResult search(const Dataset& dataset, const Split& split, const GridSpace& space,
                    const LogFacts& facts, const SearchOptions& options,
                    const std::string& journal_directory, const Progress& progress = {});

}  // namespace kaskad
