// The scores of all items while one history is answered, added up from rows of a matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/cooc/history_weighting.h"
#include "kaskad/cooc/item_matrix.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {

// All scores are 0 between answers. An answer that reaches few items keeps a list of them, so that
// reading and clearing cost what was reached and not the catalogue. Not thread-safe.
class ScoreRow {
 public:
  explicit ScoreRow(size_t num_items);

  // Scores all items from the rows of the weighed events. The scores were 0.
  void add_rows(const MatrixView& matrix, std::span<const WeightedItem> events, Combine combine);
  // The same for a score that does not depend on the history. `scores` is (items).
  void assign(std::span<const float> scores);
  // Takes scores (items), and leaves its own.
  void swap(std::vector<float>& scores);

  size_t num_items() const { return scores_.size(); }
  float& operator[](size_t item) { return scores_[item]; }
  std::span<float> all() { return scores_; }

  // Whether reached() names every item whose score is not 0.
  bool is_sparse() const { return sparse_; }
  // Each once, in no order.
  std::span<const uint32_t> reached() const { return {reached_.data(), num_reached_}; }

  void clear();
  // Offers every score above 0, and clears.
  void drain_into(TopK& top);

 private:
  template <typename Fold>
  void add_rows_with(const MatrixView& matrix, std::span<const WeightedItem> events, Fold fold);
  template <typename Fold>
  void add_sparse_row(std::span<const uint32_t> columns, std::span<const float> values, Fold fold);
  void forget_reached();

  std::vector<float> scores_;  // (items)
  bool sparse_ = false;
  // One bit an item, whether it is in reached_: bits, because they stay in the nearest cache.
  std::vector<uint64_t> marks_;
  std::vector<uint32_t> reached_;  // room for every item and one more
  size_t num_reached_ = 0;
};

}  // namespace kaskad
