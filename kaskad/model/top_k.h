// The plain way from scores of all items to the answer of a Retriever: which items a query lets
// through, their order, and the filling up by popularity. Called by models that have no faster
// way of their own and by the test battery, which holds the fast ones to it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/model/retriever.h"

namespace kaskad {

// The order of every answer: higher score first, ties to the lower item id.
inline bool ranks_before(const ScoredItem& a, const ScoredItem& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

// Which items one query lets through. set() costs the lengths of the query's lists, not the
// catalogue, so keep one filter per thread. A new one lets all through. Ids outside the catalogue
// are ignored.
class ItemFilter {
 public:
  explicit ItemFilter(size_t num_items) : marks_(num_items, 0) {}

  void set(const Query& query);
  bool allows(ItemId item) const {
    const uint32_t mark = marks_[index(item)];
    return only_allowed_ ? mark == allowed() : mark != excluded();
  }
  // Marks lie all over the catalogue: asks for one that allows() will soon look at.
  void prefetch(ItemId item) const { __builtin_prefetch(marks_.data() + index(item)); }

  // Leaves one more item out until the next set().
  void exclude(ItemId item);

 private:
  uint32_t excluded() const { return 2 * generation_; }
  uint32_t allowed() const { return 2 * generation_ + 1; }

  // marks_[item] is excluded() or allowed() of this query, or a left-over of an earlier one.
  std::vector<uint32_t> marks_;
  uint32_t generation_ = 1;
  bool only_allowed_ = false;
};

// Items by falling popularity; fills the end of rows for which the model has no evidence.
class PopularityFill {
 public:
  PopularityFill() = default;
  // `counts` is (num_items); items that never occurred come last, in id order.
  explicit PopularityFill(std::span<const uint64_t> counts);

  // row[used...] becomes the most popular items that `filter` lets through, with score 0, then
  // kNoItem. The items of row[0, used) are left out; the filter is used up.
  void fill(ItemFilter& filter, std::span<ScoredItem> row, size_t used) const;

  std::span<const ItemId> order() const { return order_; }

 private:
  std::vector<ItemId> order_;
};

// A score must lie above this to count: 0, or below all numbers for models that score every item.
float score_floor(const Retriever& model);

// The best items that score above `floor`, best first; returns how many of `row` were written.
size_t top_k(std::span<const float> scores, const ItemFilter& filter, std::span<ScoredItem> row,
             float floor = 0);

}  // namespace kaskad
