// The counts of one segment, kept apart by day so that a store can go on with new days: for each
// left key its cells (right keys), for each cell its slices (days). Made by count_cells.h, stored
// in `state/` of a store, turned into what is looked up by segment_table.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/counters/counter_spec.h"
#include "kaskad/counters/key_table.h"

namespace kaskad {

// Slices are numbered by their age as of the moment T of the cells: age a holds events of
// [T - (a + 1) days, T - a days), the oldest one (the longest window) all that is older.
struct SegmentCells {
  size_t width = 0;   // codes of a left key
  size_t events = 1;  // impressions and heads
  size_t decays = 0;
  std::vector<uint32_t> left;            // (rows, width) ascending
  std::vector<uint64_t> row_begin{0};    // (rows + 1) into the cells
  std::vector<uint32_t> right;           // (cells) ascending within a row; kNoKey, the last: C(q)
  std::vector<double> decayed;           // (cells, events, decays) as of T
  std::vector<uint64_t> slice_begin{0};  // (cells + 1) into the slices
  std::vector<uint16_t> age;             // (slices) descending within a cell
  std::vector<uint32_t> counts;          // (slices, events)

  size_t num_rows() const { return row_begin.size() - 1; }
  size_t num_cells() const { return right.size(); }
  std::span<const uint32_t> left_of(size_t row) const {
    return std::span(left).subspan(row * width, width);
  }

  // Building, in order: begin_row, then its cells, each with its slices.
  void begin_row(std::span<const uint32_t> codes);
  void begin_cell(uint32_t code);  // its decays are zero
  double* decays_of_last() { return decayed.data() + decayed.size() - events * decays; }
  void add_slice(uint16_t slice_age, const uint32_t* slice_counts);  // of the same age: added up

  // npy files PREFIX_left, ...; load() throws Error when they do not fit together.
  void save(const std::string& prefix) const;
  static SegmentCells load(const std::string& prefix, size_t width, size_t events, size_t decays);
};

// Appends `b`, whose rows all come after those of `a`, but for a first one that may be the last of
// `a`: its cells are added up.
void append_cells(SegmentCells& a, const SegmentCells& b);

// The sum of both, which count as of the same moment and number codes alike.
SegmentCells merge_cells(const SegmentCells& a, const SegmentCells& b);

// The same cells as of `days` later.
SegmentCells age_cells(const SegmentCells& cells, uint32_t days, const CounterSpec& spec);

// With other codes: left_codes (width)(codes) and right_codes (codes) give the new for each old
// one.
SegmentCells recode_cells(const SegmentCells& cells,
                          const std::vector<std::vector<uint32_t>>& left_codes,
                          const std::vector<uint32_t>& right_codes);

}  // namespace kaskad
