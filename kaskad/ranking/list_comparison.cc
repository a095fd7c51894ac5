#include "kaskad/ranking/list_comparison.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/eval/verdict_text.h"

namespace kaskad {
namespace {

const Interval& ndcg(const ListEvaluation& evaluation) { return evaluation.metrics[0].interval; }

// What follows from the differences: that it beats all others, or from whom it cannot be told
// apart.
std::string lead_of(const std::vector<ListEvaluation>& evaluations, const ListComparison& found) {
  std::vector<std::string> equal;
  size_t next = found.best;
  for (size_t e = 0; e < evaluations.size(); ++e) {
    if (e == found.best) continue;
    if (found.may_equal_best[e]) equal.push_back(evaluations[e].ranker);
    if (next == found.best || ndcg(evaluations[e]).value > ndcg(evaluations[next]).value) next = e;
  }
  if (!equal.empty()) {
    return " On these lists it cannot be told apart from " + join_names(equal) +
           ": the interval of the paired difference includes 0.";
  }
  const Interval& gap = found.to_best[next].difference;
  return " It beats every other ranker here: the next, " + evaluations[next].ranker + ", is " +
         verdict_figure(-gap.value) + " below it, list by list " +
         verdict_range(-gap.high, -gap.low) + ".";
}

std::string verdict_of(const std::vector<ListEvaluation>& evaluations,
                       const ListComparison& found) {
  const ListEvaluation& best = evaluations[found.best];
  std::string text = best.ranker + " has the highest ndcg@10, " + verdict_figure(ndcg(best).value) +
                     " " + verdict_range(ndcg(best).low, ndcg(best).high) + ".";
  if (evaluations.size() > 1) text += lead_of(evaluations, found);
  const auto order = std::find_if(evaluations.begin(), evaluations.end(),
                                  [](const auto& one) { return one.ranker == "retrieval order"; });
  if (order != evaluations.end() && &*order != &best) {
    text += " The order of retrieval reaches " + verdict_figure(ndcg(*order).value) + ".";
  }
  return text;
}

}  // namespace

ListComparison compare_lists(const std::vector<ListEvaluation>& evaluations,
                             const BootstrapOptions& options) {
  KASKAD_ASSERT(!evaluations.empty());
  ListComparison found;
  for (size_t e = 1; e < evaluations.size(); ++e) {
    if (ndcg(evaluations[e]).value > ndcg(evaluations[found.best]).value) found.best = e;
  }
  for (const ListEvaluation& evaluation : evaluations) {
    found.to_best.push_back(paired(evaluation, evaluations[found.best], 0, options));
    found.may_equal_best.push_back(found.to_best.back().difference.high >= 0);
  }
  found.verdict = verdict_of(evaluations, found);
  return found;
}

}  // namespace kaskad
