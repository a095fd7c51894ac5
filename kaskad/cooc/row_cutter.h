// The last step of a fused matrix: a counted row is normalised, cut to its best K and kept.
// Called by bag_rows, bit_rows and ordered_rows, which count in different ways.
#pragma once

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <new>
#include <vector>

#include "kaskad/cooc/item_matrix.h"
#include "kaskad/cooc/popularity_order.h"
#include "kaskad/kernels/counted_row.h"

namespace kaskad {

// Rows of a fixed width that threads fill in any order; finish() closes the gaps.
class FixedRows {
 public:
  FixedRows(size_t items, uint32_t width, int threads);
  void set(uint32_t row, const std::vector<Candidate>& best, const PopularityOrder& order,
           float scale);
  ItemMatrix finish();

 private:
  size_t width_;
  std::vector<uint32_t> length_;  // (items)
  std::vector<uint32_t> columns_;
  std::vector<float> values_;
};

// One thread's accumulators of one row, by place: all zero between rows.
template <typename Count>
class RowCounts {
 public:
  void resize(size_t items) {
    const size_t blocks = count_blocks(items);
    if (touched_.size() == blocks) return;
    counts_ = hwy::AllocateAligned<Count>(blocks * kCountBlock);
    if (!counts_) throw std::bad_alloc();
    std::fill_n(counts_.get(), blocks * kCountBlock, Count{0});
    touched_.assign(blocks, 0);
  }
  Count* counts() { return counts_.get(); }
  uint8_t* touched() { return touched_.data(); }
  void unmark() { std::fill(touched_.begin(), touched_.end(), uint8_t{0}); }
  CountedRow<Count> touched_row() { return {counts_.get(), touched_.data(), touched_.size()}; }
  CountedRow<Count> whole_row() { return {counts_.get(), nullptr, touched_.size()}; }

 private:
  hwy::AlignedFreeUniquePtr<Count[]> counts_;
  std::vector<uint8_t> touched_;
};

// cut() is thread-safe for different rows when each thread brings its own scratch.
class RowCutter {
 public:
  struct Scratch {
    std::vector<uint32_t> places;   // (blocks * kCountBlock), as far as the row goes
    std::vector<uint32_t> columns;  // the same as items
    std::vector<float> values;
    size_t size = 0;  // of the row
    TopK top;
  };

  // occurrences: (items), weighted like the pairs; it and `order` outlive this.
  RowCutter(const Normalisation& normalisation, const PopularityOrder& order,
            std::span<const float> occurrences, size_t num_users, int threads);

  // Columns are places; a place is never paired with itself. The row is zero afterwards.
  template <typename Count>
  void cut(size_t place, const CountedRow<Count>& row, Scratch& scratch) {
    row.counts[place] = 0;
    scratch.top.reset(norm_.top_k);
    const uint32_t item = order_.item[place];
    if (normaliser_.is_product()) {
      const double row_sum = normaliser_.needs_row_sum() ? sum_counts(row) : 0;
      offer_products(row, factors_, likely_best(place, row.touched != nullptr), scratch.top);
      rows_.set(item, scratch.top.finish(), order_, normaliser_.source_factor(item, row_sum));
    } else {
      offer_normalised(item, collect(row, scratch), scratch);
      rows_.set(item, scratch.top.finish(), order_, 1.0f);
    }
  }

  ItemMatrix finish() { return rows_.finish(); }

 private:
  // Where to look first. Where rare items weigh more, the best of a row that meets many are about
  // as rare as its own item, and those of another row are the rarest that it meets at all.
  size_t likely_best(size_t place, bool meets_few) const {
    if (!factors_.is_rising()) return 0;
    return meets_few ? order_.item.size() : place;
  }

  // Moves the counts above 0 into the scratch; returns their sum.
  template <typename Count>
  double collect(const CountedRow<Count>& row, Scratch& scratch) const {
    scratch.places.resize(row.blocks * kCountBlock);
    scratch.columns.resize(row.blocks * kCountBlock);
    scratch.values.resize(row.blocks * kCountBlock);
    size_t size = 0;
    double sum = 0;
    for_each_touched(row, [&](size_t block) {
      const size_t last = std::min(order_.item.size(), (block + 1) * kCountBlock);
      for (size_t p = block * kCountBlock; p < last; ++p) {
        const auto count = static_cast<float>(row.counts[p]);
        row.counts[p] = 0;
        sum += static_cast<double>(count);
        scratch.places[size] = static_cast<uint32_t>(p);  // without a branch: overwritten if 0
        scratch.columns[size] = order_.item[p];
        scratch.values[size] = count;
        size += count > 0;
      }
      if (row.touched) row.touched[block] = 0;
    });
    scratch.size = size;
    return sum;
  }
  void offer_normalised(uint32_t item, double row_sum, Scratch& scratch) const;

  const Normalisation norm_;
  const PopularityOrder& order_;
  const RowNormaliser normaliser_;
  const ColumnFactors factors_;  // by place
  FixedRows rows_;
};

}  // namespace kaskad
