#include "kaskad/ranking/list_metrics.h"

#include <algorithm>
#include <numeric>

namespace kaskad {
namespace {

// Of the heads that count; all where none is named.
template <typename Any>
bool any_head(const std::vector<size_t>& heads, size_t count, const Any& any) {
  if (!heads.empty()) return std::any_of(heads.begin(), heads.end(), any);
  for (size_t head = 0; head < count; ++head) {
    if (any(head)) return true;
  }
  return false;
}

}  // namespace

void ListMeasure::find_relevant(const ImpressionList& list) {
  const size_t heads = list.missed.size();
  relevant_.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    relevant_[i] =
        any_head(heads_, heads, [&](size_t head) { return list.labels[i * heads + head] > 0; });
  }
}

// An item that several heads miss is one item: the most that any of them misses is the least that
// there are.
size_t ListMeasure::count_missed(const ImpressionList& list) const {
  uint32_t most = 0;
  any_head(heads_, list.missed.size(), [&](size_t head) {
    most = std::max(most, list.missed[head]);
    return false;
  });
  return most;
}

bool ListMeasure::asks(const ImpressionList& list) {
  return count_missed(list) > 0 || retrieved(list) > 0;
}

size_t ListMeasure::retrieved(const ImpressionList& list) {
  find_relevant(list);
  return static_cast<size_t>(std::count(relevant_.begin(), relevant_.end(), 1));
}

ListFigures ListMeasure::operator()(const ImpressionList& list, std::span<const float> scores) {
  const size_t found = retrieved(list);
  order_.resize(list.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(),
            [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
  ranks_.clear();
  const size_t others = list.size() - found;
  double pairs = 0;  // (relevant, other) in right order
  size_t others_above = 0;
  for (size_t begin = 0; begin < order_.size();) {
    size_t end = begin, relevant = 0;
    while (end < order_.size() && scores[order_[end]] == scores[order_[begin]]) {
      relevant += relevant_[order_[end++]];
    }
    const size_t tied_others = end - begin - relevant;
    append_tied_ranks(begin, end - begin, relevant, TieRule::kMiddle, ranks_);
    const auto below = static_cast<double>(others - others_above - tied_others);
    pairs += static_cast<double>(relevant) * (below + 0.5 * static_cast<double>(tied_others));
    others_above += tied_others;
    begin = end;
  }
  const size_t asked = found + count_missed(list);
  ListFigures figures;
  if (asked == 0) return figures;
  figures.ndcg = ndcg_at(ranks_, asked, kListMetricK);
  figures.mrr = ranks_.empty() ? 0 : 1 / ranks_.front();
  for (size_t k = 0; k < kHitsK.size(); ++k) {
    figures.hits[k] = !ranks_.empty() && ranks_.front() <= static_cast<double>(kHitsK[k]) ? 1 : 0;
  }
  if (others == 0) return figures;
  figures.has_auc = true;
  figures.auc = pairs / static_cast<double>(others * asked);
  if (found == 0) return figures;
  figures.has_shown_auc = true;
  figures.shown_auc = pairs / static_cast<double>(others * found);
  return figures;
}

double mean_ndcg(const Impressions& lists, const std::vector<size_t>& heads,
                 std::span<const float> scores) {
  ListMeasure measure(heads);
  double sum = 0;
  size_t asked = 0, begin = 0;
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    if (measure.asks(list)) {
      sum += measure(list, scores.subspan(begin, list.size())).ndcg;
      ++asked;
    }
    begin += list.size();
  }
  return asked > 0 ? sum / static_cast<double>(asked) : 0;
}

}  // namespace kaskad
