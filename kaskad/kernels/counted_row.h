// What becomes of a row of pair counts: each count times the factor of its column is offered to
// the best K, and the row is left zero for the next. The row is cut into blocks of 64 columns;
// those that no pair touched are passed over, and those whose counts are all too small for the
// threshold are seen to be so without a product. Called by cooc/row_cutter.h for every row.
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/kernels/top_k.h"

namespace kaskad {

inline constexpr size_t kCountBlock = 64;  // columns: a cache line of the smallest counts

inline size_t count_blocks(size_t columns) { return (columns + kCountBlock - 1) / kCountBlock; }

// Counts of columns [0, blocks * kCountBlock), 64-byte aligned; integers are below 2^31.
template <typename Count>
struct CountedRow {
  Count* counts = nullptr;
  uint8_t* touched = nullptr;  // (blocks): 1 where a count may be above 0; null: everywhere
  size_t blocks = 0;
};

// Factors >= 0 of all columns. Read-only, thread-safe.
class ColumnFactors {
 public:
  explicit ColumnFactors(std::span<const float> factors);

  const float* data() const { return factor_.get(); }  // (blocks * kCountBlock), 64-byte aligned
  // What a count in the block has to reach at least for a product of 1; huge if none can.
  float count_for_one(size_t block) const { return count_for_one_[block]; }
  // Whether the later half of the columns has the larger factors.
  bool is_rising() const { return is_rising_; }

 private:
  hwy::AlignedFreeUniquePtr<float[]> factor_;
  std::vector<float> count_for_one_;  // (blocks)
  bool is_rising_ = false;
};

// Offers (column, counts[column] * factor[column]) where that is above 0, and clears `counts` and
// `touched`. The outcome is the same for every `start` column, but the sooner the best are seen,
// the less is left to do: columns are visited from `start` to the last, then from there back to
// the first.
void offer_products(const CountedRow<uint8_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top);
void offer_products(const CountedRow<uint16_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top);
void offer_products(const CountedRow<uint32_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top);
void offer_products(const CountedRow<float>& row, const ColumnFactors& factors, size_t start,
                    TopK& top);

// The sum of the row's counts.
double sum_counts(const CountedRow<uint8_t>& row);
double sum_counts(const CountedRow<uint16_t>& row);
double sum_counts(const CountedRow<uint32_t>& row);
double sum_counts(const CountedRow<float>& row);

// Calls use(block) for each block that was touched.
template <typename Count, typename Use>
void for_each_touched(const CountedRow<Count>& row, Use&& use) {
  for (size_t block = 0; block < row.blocks; ++block) {
    if (!row.touched || row.touched[block]) use(block);
  }
}

template <typename Count>
void offer_products_reference(const CountedRow<Count>& row, const ColumnFactors& factors,
                              TopK& top) {
  for_each_touched(row, [&](size_t block) {
    for (size_t j = block * kCountBlock; j < (block + 1) * kCountBlock; ++j) {
      const float score = static_cast<float>(row.counts[j]) * factors.data()[j];
      row.counts[j] = 0;
      if (score > 0) top.offer(static_cast<uint32_t>(j), score);
    }
    if (row.touched) row.touched[block] = 0;
  });
}

template <typename Count>
double sum_counts_reference(const CountedRow<Count>& row) {
  double sum = 0;
  for_each_touched(row, [&](size_t block) {
    for (size_t j = block * kCountBlock; j < (block + 1) * kCountBlock; ++j) {
      sum += static_cast<double>(row.counts[j]);
    }
  });
  return sum;
}

}  // namespace kaskad
