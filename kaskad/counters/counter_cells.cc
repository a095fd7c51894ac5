#include "kaskad/counters/counter_cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/npy.h"

namespace kaskad {
namespace {

void add_decays(const SegmentCells& from, size_t cell, double factor, double* sum) {
  const size_t size = from.events * from.decays;
  for (size_t i = 0; i < size; ++i) sum[i] += factor * from.decayed[cell * size + i];
}

// Appends the cell with its slices.
void copy_cell(const SegmentCells& from, size_t cell, SegmentCells& to) {
  to.begin_cell(from.right[cell]);
  add_decays(from, cell, 1, to.decays_of_last());
  for (uint64_t s = from.slice_begin[cell]; s < from.slice_begin[cell + 1]; ++s) {
    to.add_slice(from.age[s], &from.counts[s * from.events]);
  }
}

// Slices by falling age, those of one age added up.
void merge_cell(const SegmentCells& a, size_t cell_a, const SegmentCells& b, size_t cell_b,
                SegmentCells& to) {
  to.begin_cell(a.right[cell_a]);
  add_decays(a, cell_a, 1, to.decays_of_last());
  add_decays(b, cell_b, 1, to.decays_of_last());
  uint64_t i = a.slice_begin[cell_a], j = b.slice_begin[cell_b];
  const uint64_t i_end = a.slice_begin[cell_a + 1], j_end = b.slice_begin[cell_b + 1];
  while (i < i_end || j < j_end) {
    if (j == j_end || (i < i_end && a.age[i] >= b.age[j])) {
      to.add_slice(a.age[i], &a.counts[i * a.events]);
      ++i;
    } else {
      to.add_slice(b.age[j], &b.counts[j * b.events]);
      ++j;
    }
  }
}

void merge_row(const SegmentCells& a, size_t row_a, const SegmentCells& b, size_t row_b,
               SegmentCells& to) {
  uint64_t i = a.row_begin[row_a], j = b.row_begin[row_b];
  const uint64_t i_end = a.row_begin[row_a + 1], j_end = b.row_begin[row_b + 1];
  while (i < i_end || j < j_end) {
    if (i < i_end && j < j_end && a.right[i] == b.right[j]) {
      merge_cell(a, i++, b, j++, to);
    } else if (j == j_end || (i < i_end && a.right[i] < b.right[j])) {
      copy_cell(a, i++, to);
    } else {
      copy_cell(b, j++, to);
    }
  }
}

void copy_row(const SegmentCells& from, size_t row, SegmentCells& to) {
  to.begin_row(from.left_of(row));
  for (uint64_t cell = from.row_begin[row]; cell < from.row_begin[row + 1]; ++cell) {
    copy_cell(from, cell, to);
  }
}

template <typename T>
void append_from(const std::vector<T>& from, size_t first, std::vector<T>& to) {
  to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(first), from.end());
}

// Of offsets from place `first` on, but for the 0 they begin with.
void append_begins(const std::vector<uint64_t>& from, size_t first, std::vector<uint64_t>& to) {
  const uint64_t shift = to.back() - from[first];
  for (size_t i = first + 1; i < from.size(); ++i) to.push_back(from[i] + shift);
}

void append_rows(const SegmentCells& from, size_t first_row, SegmentCells& to) {
  const uint64_t cell = from.row_begin[first_row], slice = from.slice_begin[cell];
  append_from(from.left, first_row * from.width, to.left);
  append_begins(from.row_begin, first_row, to.row_begin);
  append_from(from.right, cell, to.right);
  append_from(from.decayed, cell * from.events * from.decays, to.decayed);
  append_begins(from.slice_begin, cell, to.slice_begin);
  append_from(from.age, slice, to.age);
  append_from(from.counts, slice * from.events, to.counts);
}

void drop_last_row(SegmentCells& cells) {
  const uint64_t cell = cells.row_begin[cells.num_rows() - 1], slice = cells.slice_begin[cell];
  cells.left.resize(cells.left.size() - cells.width);
  cells.row_begin.pop_back();
  cells.right.resize(cell);
  cells.decayed.resize(cell * cells.events * cells.decays);
  cells.slice_begin.resize(cell + 1);
  cells.age.resize(slice);
  cells.counts.resize(slice * cells.events);
}

SegmentCells empty_like(const SegmentCells& cells) {
  SegmentCells to;
  to.width = cells.width;
  to.events = cells.events;
  to.decays = cells.decays;
  return to;
}

// -1, 0 or 1, as the tuples stand.
int compare(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

template <typename T>
std::vector<T> load_column(const std::string& path) {
  const NpyFile<T> file(path);
  return {file.values().begin(), file.values().end()};
}

bool rises(const std::vector<uint64_t>& begin, size_t end) {
  return !begin.empty() && begin.front() == 0 && begin.back() == end &&
         std::is_sorted(begin.begin(), begin.end());
}

}  // namespace

void SegmentCells::begin_row(std::span<const uint32_t> codes) {
  left.insert(left.end(), codes.begin(), codes.end());
  row_begin.push_back(row_begin.back());
}

void SegmentCells::begin_cell(uint32_t code) {
  right.push_back(code);
  row_begin.back() = right.size();
  decayed.resize(decayed.size() + events * decays);
  slice_begin.push_back(slice_begin.back());
}

void SegmentCells::add_slice(uint16_t slice_age, const uint32_t* slice_counts) {
  const uint64_t begin = slice_begin[slice_begin.size() - 2];
  if (age.size() > begin && age.back() == slice_age) {
    uint32_t* last = counts.data() + counts.size() - events;
    for (size_t e = 0; e < events; ++e) last[e] += slice_counts[e];
    return;
  }
  age.push_back(slice_age);
  counts.insert(counts.end(), slice_counts, slice_counts + events);
  slice_begin.back() = age.size();
}

void append_cells(SegmentCells& a, const SegmentCells& b) {
  const size_t last = a.num_rows() - 1;
  if (a.num_rows() == 0 || b.num_rows() == 0 || compare(a.left_of(last), b.left_of(0)) != 0) {
    append_rows(b, 0, a);
    return;
  }
  SegmentCells shared = empty_like(a);
  shared.begin_row(a.left_of(last));
  merge_row(a, last, b, 0, shared);
  drop_last_row(a);
  append_rows(shared, 0, a);
  append_rows(b, 1, a);
}

SegmentCells merge_cells(const SegmentCells& a, const SegmentCells& b) {
  KASKAD_ASSERT(a.width == b.width && a.events == b.events && a.decays == b.decays);
  SegmentCells to = empty_like(a);
  size_t i = 0, j = 0;
  while (i < a.num_rows() || j < b.num_rows()) {
    const int order = i == a.num_rows()   ? 1
                      : j == b.num_rows() ? -1
                                          : compare(a.left_of(i), b.left_of(j));
    if (order < 0) {
      copy_row(a, i++, to);
    } else if (order > 0) {
      copy_row(b, j++, to);
    } else {
      to.begin_row(a.left_of(i));
      merge_row(a, i++, b, j++, to);
    }
  }
  return to;
}

SegmentCells age_cells(const SegmentCells& cells, uint32_t days, const CounterSpec& spec) {
  const uint32_t oldest = spec.longest_window();
  std::vector<double> factors;
  for (const double tau : spec.decay_days)
    factors.push_back(std::exp(-static_cast<double>(days) / tau));
  SegmentCells to = empty_like(cells);
  for (size_t row = 0; row < cells.num_rows(); ++row) {
    to.begin_row(cells.left_of(row));
    for (uint64_t cell = cells.row_begin[row]; cell < cells.row_begin[row + 1]; ++cell) {
      to.begin_cell(cells.right[cell]);
      add_decays(cells, cell, 1, to.decays_of_last());
      for (size_t i = 0; i < to.events * to.decays; ++i) {
        to.decays_of_last()[i] *= factors[i % to.decays];
      }
      for (uint64_t s = cells.slice_begin[cell]; s < cells.slice_begin[cell + 1]; ++s) {
        const uint32_t age = std::min(oldest, cells.age[s] + days);
        to.add_slice(static_cast<uint16_t>(age), &cells.counts[s * cells.events]);
      }
    }
  }
  return to;
}

SegmentCells recode_cells(const SegmentCells& cells,
                          const std::vector<std::vector<uint32_t>>& left_codes,
                          const std::vector<uint32_t>& right_codes) {
  std::vector<uint32_t> left = cells.left;
  for (size_t i = 0; i < left.size(); ++i) left[i] = left_codes[i % cells.width].at(left[i]);
  const auto left_of = [&](size_t row) {
    return std::span<const uint32_t>(left).subspan(row * cells.width, cells.width);
  };
  const auto right_of = [&](uint64_t cell) {
    return cells.right[cell] == kNoKey ? kNoKey : right_codes.at(cells.right[cell]);
  };
  std::vector<size_t> rows(cells.num_rows());
  std::iota(rows.begin(), rows.end(), size_t{0});
  std::sort(rows.begin(), rows.end(),
            [&](size_t a, size_t b) { return compare(left_of(a), left_of(b)) < 0; });
  SegmentCells to = empty_like(cells);
  std::vector<uint64_t> order;
  for (const size_t row : rows) {
    order.resize(cells.row_begin[row + 1] - cells.row_begin[row]);
    std::iota(order.begin(), order.end(), cells.row_begin[row]);
    std::sort(order.begin(), order.end(),
              [&](uint64_t a, uint64_t b) { return right_of(a) < right_of(b); });
    to.begin_row(left_of(row));
    for (const uint64_t cell : order) {
      copy_cell(cells, cell, to);
      to.right.back() = right_of(cell);
    }
  }
  return to;
}

void SegmentCells::save(const std::string& prefix) const {
  write_npy(prefix + "_left.npy", left, {num_rows(), width});
  write_npy(prefix + "_row_begin.npy", row_begin);
  write_npy(prefix + "_right.npy", right);
  write_npy(prefix + "_decayed.npy", decayed, {num_cells(), events * decays});
  write_npy(prefix + "_slice_begin.npy", slice_begin);
  write_npy(prefix + "_age.npy", age);
  write_npy(prefix + "_counts.npy", counts, {age.size(), events});
}

SegmentCells SegmentCells::load(const std::string& prefix, size_t width, size_t events,
                                size_t decays) {
  SegmentCells cells;
  cells.width = width;
  cells.events = events;
  cells.decays = decays;
  cells.left = load_column<uint32_t>(prefix + "_left.npy");
  cells.row_begin = load_column<uint64_t>(prefix + "_row_begin.npy");
  cells.right = load_column<uint32_t>(prefix + "_right.npy");
  cells.decayed = load_column<double>(prefix + "_decayed.npy");
  cells.slice_begin = load_column<uint64_t>(prefix + "_slice_begin.npy");
  cells.age = load_column<uint16_t>(prefix + "_age.npy");
  cells.counts = load_column<uint32_t>(prefix + "_counts.npy");
  const size_t count = cells.right.size();
  if (!rises(cells.row_begin, count) || !rises(cells.slice_begin, cells.age.size()) ||
      cells.slice_begin.size() != count + 1 || cells.left.size() != cells.num_rows() * width ||
      cells.decayed.size() != count * events * decays ||
      cells.counts.size() != cells.age.size() * events) {
    throw Error("'" + prefix + "_*.npy' are damaged: they do not fit together for " +
                std::to_string(count) + " cells");
  }
  return cells;
}

}  // namespace kaskad
