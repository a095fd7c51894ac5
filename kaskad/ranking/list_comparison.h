// Which of the rankers that were measured on the same lists is in front, and by how much, paired
// list by list. Called by `kaskad eval-ranker`.
#pragma once

#include <string>
#include <vector>

#include "kaskad/ranking/list_evaluation.h"

namespace kaskad {

struct ListComparison {
  size_t best = 0;                        // of the evaluations, by NDCG@10
  std::vector<PairedDifference> to_best;  // (evaluations) NDCG@10 of this one minus the best one's
  std::vector<bool> may_equal_best;       // (evaluations) the interval of that includes 0
  std::string verdict;                    // sentences for a reader who sees nothing else
};

// At least one.
ListComparison compare_lists(const std::vector<ListEvaluation>& evaluations,
                             const BootstrapOptions& options);

}  // namespace kaskad
