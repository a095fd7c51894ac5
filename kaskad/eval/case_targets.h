// What a case asks for: the one place that decides which later events count as answers. Used by
// the evaluator and by the grid, so that their figures agree.
#pragma once

#include <cstddef>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

struct CaseTargets {
  std::vector<ItemId> items;  // distinct, in the order of their first event
  size_t dropped = 0;         // items that the history holds already: nobody could recommend them
};

// With `exclude_seen`, targets that the history holds are dropped; without, they are asked.
void find_targets(const Dataset& dataset, const EvalCase& one, bool exclude_seen,
                  CaseTargets& targets);

// The question of a case: its history, and as request time that of the first target (a server
// knows when it is asked); where only the order is known, the place of the last history event.
Query case_query(const Dataset& dataset, const EvalCase& one, bool exclude_seen);

}  // namespace kaskad
