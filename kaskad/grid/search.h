// Runs the variants of a grid: all of a space, then single-knob steps from the best one until
// none is better; or, under a time budget, random variants by successive halving and then steps.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

struct SearchOptions {
  ScorerOptions scorer;
  double budget_seconds = 0;  // 0: the whole space; else random search and steps for that long
  int refinements = 3;        // rounds of single-knob steps at most; 0: never leave the space
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
  // Where single-knob effects are read: the variant whose steps were tried last, which the
  // winner is or is one step away from. Without steps the winner itself.
  Variant centre;
  std::vector<TracePoint> trace;
  size_t resumed = 0;     // variants taken over from an earlier run
  bool finished = false;  // that run was complete: nothing was tried anew
  double seconds = 0;
  size_t num_cases = 0;
  std::vector<size_t> window_cases;  // of these, by validation window
};

// ndcg@10 of a score in each validation window: one window is fragile, and their mean hides it.
std::vector<double> ndcg_by_window(const VariantScore& score,
                                   const std::vector<size_t>& window_cases);

// With a `journal_directory` scores are kept there, and a later call takes those it needs from
// it: a run that was stopped goes on and ends where it would have ended, a finished one gives its
// result again. A random search takes over all that is there.
SearchResult search(const Dataset& dataset, const Split& split, const GridSpace& space,
                    const LogFacts& facts, const SearchOptions& options,
                    const std::string& journal_directory, const Progress& progress = {});

}  // namespace kaskad
