// What is looked up: the counts of one segment as of the moment of a store, in mapped arrays. One
// binary search finds the row of a left key; within the row a cell is found through buckets of some
// four keys. Called by counter_store.cc and store_writer.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/core/npy.h"
#include "kaskad/counters/counter_cells.h"

namespace kaskad {

// Writes npy files PREFIX_left, ...: of the cells with an event in some horizon, and where the spec
// limits them, of the top ones. Returns their number.
size_t write_segment_table(const SegmentCells& cells, const CounterSpec& spec,
                           const std::string& prefix, int threads);

// Read-only, thread-safe.
class SegmentTable {
 public:
  // Throws Error when the files do not fit together.
  SegmentTable(const std::string& prefix, size_t width, size_t values);

  size_t num_rows() const { return row_begin_.size() - 1; }
  size_t num_cells() const { return keys_.size(); }

  // kNoKey where the left key has no row.
  uint32_t find_row(std::span<const uint32_t> left) const;
  std::span<const uint32_t> left_of(size_t row) const {
    return left_.values().subspan(row * width_, width_);
  }
  std::span<const double> total(size_t row) const {
    return totals_.values().subspan(row * values_, values_);
  }

  static constexpr uint64_t kNoCell = ~uint64_t{0};

  // A row to look cells up in.
  struct Row {
    const uint32_t* keys;     // of its cells
    const uint32_t* buckets;  // first key of each bucket
    uint64_t first_cell;
    uint32_t shift;  // of a key to its bucket

    uint64_t find(uint32_t code) const {
      const uint32_t key = code * kSpread;
      const uint32_t bucket = static_cast<uint32_t>(uint64_t{key} >> shift);
      for (uint32_t i = buckets[bucket]; i < buckets[bucket + 1]; ++i) {
        if (keys[i] == key) return first_cell + i;
      }
      return kNoCell;
    }
  };
  Row row(size_t row) const;
  // (values) C(q, p): exact up to 2^24, then to one part in 10^7.
  const float* cell(uint64_t number) const { return cells_.values().data() + number * values_; }

  // The cells of a row with their right codes, in the order of the file.
  std::span<const uint32_t> keys_of(size_t row) const {
    return keys_.values().subspan(row_begin_.values()[row],
                                  row_begin_.values()[row + 1] - row_begin_.values()[row]);
  }
  uint64_t first_cell(size_t row) const { return row_begin_.values()[row]; }
  static uint32_t code_of(uint32_t key) { return key * kGather; }

  // A key is the code times an odd number, which spreads neighbouring codes evenly and has an
  // inverse: keys are as good as codes.
  static constexpr uint32_t kSpread = 0x9e3779b1u;
  static constexpr uint32_t kGather = 0x0e8b2f51u;
  static_assert(kSpread * kGather == 1);

 private:
  void check(const std::string& prefix) const;

  size_t width_, values_;
  NpyFile<uint32_t> left_;          // (rows, width) ascending
  NpyFile<uint64_t> row_begin_;     // (rows + 1) into the cells
  NpyFile<uint64_t> bucket_begin_;  // (rows + 1) into the buckets
  NpyFile<uint32_t> buckets_;       // (rows)(buckets + 1) cells before each bucket of its row
  NpyFile<uint32_t> keys_;          // (cells) ascending within a row
  NpyFile<double> totals_;          // (rows, values) C(q)
  NpyFile<float> cells_;            // (cells, values) C(q, p)
};

}  // namespace kaskad
