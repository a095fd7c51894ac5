#include "kaskad/cooc/questions.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

CombineOp combine_op(Combine combine) {
  switch (combine) {
    case Combine::kSum:
      return CombineOp::kSum;
    case Combine::kProduct:
      return CombineOp::kLogProduct;
    case Combine::kMax:
      return CombineOp::kMax;
  }
  return CombineOp::kSum;
}

}  // namespace

Questions Questions::build(const Dataset& dataset, const Phase& phase, size_t max_cases) {
  Questions result;
  result.dataset = &dataset;
  const size_t all = phase.cases.size();
  const size_t wanted = max_cases > 0 ? std::min(max_cases, all) : all;
  result.target_begin.push_back(0);
  result.seen_begin.push_back(0);
  for (size_t c = 0; c < wanted; ++c) {
    const EvalCase& asked = phase.cases[c * all / wanted];
    const History whole = dataset.history(asked.user);
    std::vector<uint32_t> seen;
    for (uint32_t p = 0; p < asked.history_end; ++p) {
      seen.push_back(static_cast<uint32_t>(whole.items[p]));
    }
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    std::vector<uint32_t> targets;
    for (uint32_t p = asked.history_end; p < asked.target_end; ++p) {
      const uint32_t item = static_cast<uint32_t>(whole.items[p]);
      const bool known = std::binary_search(seen.begin(), seen.end(), item);
      const bool repeated = std::find(targets.begin(), targets.end(), item) != targets.end();
      if (!known && !repeated) targets.push_back(item);
    }
    result.cases.push_back(asked);
    result.targets.insert(result.targets.end(), targets.begin(), targets.end());
    result.target_begin.push_back(result.targets.size());
    result.seen.insert(result.seen.end(), seen.begin(), seen.end());
    result.seen_begin.push_back(result.seen.size());
  }
  return result;
}

WeighedHistories WeighedHistories::build(const Questions& questions,
                                         std::span<const HistoryWeighting> weightings) {
  KASKAD_ASSERT(!weightings.empty() && weightings.size() <= kHistoryLanes);
  WeighedHistories result;
  result.op = combine_op(weightings[0].combine);
  result.lanes = weightings.size();
  for (const HistoryWeighting& weighting : weightings) {
    KASKAD_ASSERT(combine_op(weighting.combine) == result.op);
    if (weighting.age_tau > 0 && questions.dataset->time_kind() != TimeKind::kClock) {
      throw Error("history weighting '" + weighting.name() +
                  "' uses time, but the log has no clock, only the order of events");
    }
  }
  std::vector<float> weights;  // (items, kHistoryLanes)
  std::vector<WeightedItem> weighed;
  result.begin.push_back(0);
  for (size_t c = 0; c < questions.size(); ++c) {
    const EvalCase& asked = questions.cases[c];
    const History history = questions.dataset->history(asked.user).first(asked.history_end);
    const size_t first = result.items.size();
    const size_t n = history.size();
    for (size_t h = 0; h < weightings.size(); ++h) {
      weigh_history(weightings[h], history.items, history.times, weighed);
      for (const WeightedItem& item : weighed) {
        const size_t k = n - 1 - item.position;
        while (result.items.size() <= first + k) {
          result.items.push_back(
              static_cast<uint32_t>(history.items[n - 1 - (result.items.size() - first)]));
          weights.insert(weights.end(), kHistoryLanes, 0.0f);
        }
        weights[(first + k) * kHistoryLanes + h] = item.weight;
      }
    }
    result.begin.push_back(result.items.size());
  }
  result.weights.assign(std::max<size_t>(weights.size(), 1), 0.0f);
  std::copy(weights.begin(), weights.end(), result.weights.data());
  return result;
}

}  // namespace kaskad
