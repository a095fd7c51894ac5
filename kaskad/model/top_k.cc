#include "kaskad/model/top_k.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace kaskad {

void ItemFilter::set(const Query& query) {
  if (generation_ == std::numeric_limits<uint32_t>::max() / 2) {
    std::fill(marks_.begin(), marks_.end(), 0);
    generation_ = 0;
  }
  ++generation_;
  only_allowed_ = !query.allow.empty();
  for (const ItemId item : query.allow) {
    if (index(item) < marks_.size()) marks_[index(item)] = allowed();
  }
  for (const ItemId item : query.exclude) exclude(item);
  if (!query.exclude_seen) return;
  for (const ItemId item : query.history.items) exclude(item);
}

void ItemFilter::exclude(ItemId item) {
  if (index(item) < marks_.size()) marks_[index(item)] = excluded();
}

PopularityFill::PopularityFill(std::span<const uint64_t> counts) : order_(counts.size()) {
  for (size_t i = 0; i < order_.size(); ++i) order_[i] = ItemId(static_cast<uint32_t>(i));
  std::stable_sort(order_.begin(), order_.end(),
                   [&](ItemId a, ItemId b) { return counts[index(a)] > counts[index(b)]; });
}

void PopularityFill::fill(ItemFilter& filter, std::span<ScoredItem> row, size_t used) const {
  for (const ScoredItem& taken : row.first(used)) filter.exclude(taken.item);
  for (const ItemId item : order_) {
    if (used == row.size()) return;
    if (filter.allows(item)) row[used++] = {item, 0};
  }
  std::fill(row.begin() + static_cast<ptrdiff_t>(used), row.end(), ScoredItem{});
}

float score_floor(const Retriever& model) {
  return model.scores_every_item() ? -std::numeric_limits<float>::infinity() : 0;
}

size_t top_k(std::span<const float> scores, const ItemFilter& filter, std::span<ScoredItem> row,
             float floor) {
  std::vector<ScoredItem> candidates;
  for (size_t i = 0; i < scores.size(); ++i) {
    const ItemId item{static_cast<uint32_t>(i)};
    if (scores[i] > floor && filter.allows(item)) candidates.push_back({item, scores[i]});
  }
  const size_t count = std::min(row.size(), candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(count),
                    candidates.end(), ranks_before);
  std::copy_n(candidates.begin(), count, row.begin());
  return count;
}

}  // namespace kaskad
