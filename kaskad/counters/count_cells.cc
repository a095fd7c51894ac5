#include "kaskad/counters/count_cells.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

constexpr size_t kLeastChunk = 1 << 16;  // candidates
constexpr size_t kMostChunks = 64;       // of about even size

// The lists of each left key, keys in ascending order.
struct RowLists {
  std::vector<uint32_t> left;   // (rows, width)
  std::vector<uint64_t> begin;  // (rows + 1) into lists
  std::vector<uint32_t> lists;  // numbers in the order, ascending within a row
};

RowLists lists_by_row(const ListOrder& lists, const CountRange& range, const CounterFields& fields,
                      const CounterSegment& segment) {
  ListKeys keys(fields, segment);
  TupleTable table(segment.left.size());
  std::vector<uint32_t> row_of, list_of;  // (pairs of a list and a left key)
  for (size_t l = range.begin; l < range.end; ++l) {
    keys.each(lists.list(l), [&](std::span<const uint32_t> left) {
      row_of.push_back(table.add(left));
      list_of.push_back(static_cast<uint32_t>(l));
    });
  }
  std::vector<uint32_t> order(table.size()), rank(table.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::ranges::lexicographical_compare(table.tuple(a), table.tuple(b));
  });
  RowLists rows;
  for (size_t r = 0; r < order.size(); ++r) {
    rank[order[r]] = static_cast<uint32_t>(r);
    rows.left.insert(rows.left.end(), table.tuple(order[r]).begin(), table.tuple(order[r]).end());
  }
  rows.begin.assign(order.size() + 1, 0);
  for (const uint32_t row : row_of) ++rows.begin[rank[row] + 1];
  std::partial_sum(rows.begin.begin(), rows.begin.end(), rows.begin.begin());
  rows.lists.resize(list_of.size());
  std::vector<uint64_t> next(rows.begin.begin(), rows.begin.end() - 1);
  for (size_t i = 0; i < list_of.size(); ++i) rows.lists[next[rank[row_of[i]]]++] = list_of[i];
  return rows;
}

// Some rows, or a part of the lists of one.
struct Chunk {
  size_t row, row_end;
  uint64_t begin, end;  // of RowLists::lists
};

std::vector<Chunk> cut(const ListOrder& lists, const RowLists& rows) {
  size_t candidates = 0;
  for (const uint32_t l : rows.lists) candidates += lists.list(l).size();
  const size_t most = std::max(kLeastChunk, candidates / kMostChunks);
  std::vector<Chunk> chunks;
  size_t held = most;  // the first row opens a chunk
  for (size_t row = 0; row + 1 < rows.begin.size(); ++row) {
    for (uint64_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
      const bool new_row = i == rows.begin[row];
      if (held >= most) {
        chunks.push_back({row, row + 1, i, i});
        held = 0;
      } else if (new_row) {
        chunks.back().row_end = row + 1;
      }
      held += lists.list(rows.lists[i]).size();
      chunks.back().end = i + 1;
    }
  }
  return chunks;
}

// Counts rows one after the other. One for each thread: it has a place for each right key.
class RowCounter {
 public:
  RowCounter(const ListOrder& lists, int64_t as_of, const CounterField& right,
             const CounterSpec& spec, bool pairs)
      : lists_(lists),
        as_of_(as_of),
        right_(right),
        pairs_(pairs),
        decay_days_(spec.decay_days),
        oldest_(spec.longest_window()),
        events_(lists.heads().size() + 1),
        cell_of_(right.size(), kNoKey),
        weights_(spec.decay_days.size()),
        row_(events_) {}

  // Appends the row `left` of these lists.
  void count(std::span<const uint32_t> left, std::span<const uint32_t> lists, SegmentCells& to) {
    for (const uint32_t l : lists) add(l);
    to.begin_row(left);
    order_.resize(codes_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::sort(order_.begin(), order_.end(),
              [&](uint32_t a, uint32_t b) { return codes_[a] < codes_[b]; });
    chain_slices();
    for (const uint32_t cell : order_) append(cell, to);
    append_total(to);
    for (const uint32_t code : codes_) cell_of_[code] = kNoKey;
    codes_.clear();
    newest_.clear();
    slices_.clear();
    counts_.clear();
    decayed_.clear();
    total_.clear();
    total_counts_.clear();
    total_decayed_.assign(events_ * weights_.size(), 0);
  }

 private:
  // One day of one cell; those of a cell are a chain from its newest to its oldest.
  struct Slice {
    uint32_t cell;
    uint32_t older;
    uint16_t age;
  };

  void add(uint32_t number) {
    const ImpressionList list = lists_.list(number);
    const int64_t days = (as_of_ - 1 - list.time) / kMillisecondsADay;
    const auto age = static_cast<uint16_t>(std::min<int64_t>(days, oldest_));
    for (size_t d = 0; d < weights_.size(); ++d) {
      weights_[d] =
          std::exp(-static_cast<double>(as_of_ - list.time) / (decay_days_[d] * kMillisecondsADay));
    }
    std::fill(row_.begin(), row_.end(), 0u);
    const size_t heads = events_ - 1;
    for (size_t c = 0; c < list.size(); ++c) {
      uint32_t events = 1;
      for (size_t h = 0; h < heads; ++h)
        events |= uint32_t{list.labels[c * heads + h] > 0} << (h + 1);
      for (size_t e = 0; e < events_; ++e) row_[e] += events >> e & 1;
      if (!pairs_) continue;
      for (const uint32_t code : right_.of(index(list.items[c]))) add(code, age, events);
    }
    add_total(age);
  }

  void add(uint32_t code, uint16_t age, uint32_t events) {
    uint32_t cell = cell_of_[code];
    if (cell == kNoKey) {
      cell = cell_of_[code] = static_cast<uint32_t>(codes_.size());
      codes_.push_back(code);
      newest_.push_back(kNoKey);
      decayed_.resize(decayed_.size() + events_ * weights_.size());
    }
    uint32_t slice = newest_[cell];
    if (slice == kNoKey || slices_[slice].age != age) {
      slices_.push_back({cell, slice, age});
      slice = newest_[cell] = static_cast<uint32_t>(slices_.size() - 1);
      counts_.resize(counts_.size() + events_);
    }
    uint32_t* counts = &counts_[slice * events_];
    for (size_t e = 0; e < events_; ++e) counts[e] += events >> e & 1;
    for (size_t d = 0; d < weights_.size(); ++d) {
      for (size_t e = 0; e < events_; ++e) {
        if (events >> e & 1) decayed_[(cell * events_ + e) * weights_.size() + d] += weights_[d];
      }
    }
  }

  void add_total(uint16_t age) {
    if (total_.empty() || total_.back() != age) {
      total_.push_back(age);
      total_counts_.resize(total_counts_.size() + events_);
    }
    total_decayed_.resize(events_ * weights_.size());
    uint32_t* counts = total_counts_.data() + total_counts_.size() - events_;
    for (size_t e = 0; e < events_; ++e) {
      counts[e] += row_[e];
      for (size_t d = 0; d < weights_.size(); ++d) {
        total_decayed_[e * weights_.size() + d] += weights_[d] * row_[e];
      }
    }
  }

  // Chains lead from new to old, cells are written from old to new: turns them around.
  void chain_slices() {
    for (uint32_t& newest : newest_) {
      uint32_t before = kNoKey;
      while (newest != kNoKey) {
        const uint32_t older = slices_[newest].older;
        slices_[newest].older = before;
        before = newest;
        newest = older;
      }
      newest = before;
    }
  }

  void append(uint32_t cell, SegmentCells& to) {
    const size_t size = events_ * weights_.size();
    to.begin_cell(codes_[cell]);
    std::copy_n(decayed_.begin() + static_cast<ptrdiff_t>(cell * size), size, to.decays_of_last());
    for (uint32_t s = newest_[cell]; s != kNoKey; s = slices_[s].older) {
      to.add_slice(slices_[s].age, &counts_[s * events_]);
    }
  }

  void append_total(SegmentCells& to) {
    to.begin_cell(kNoKey);
    std::copy(total_decayed_.begin(), total_decayed_.end(), to.decays_of_last());
    for (size_t s = 0; s < total_.size(); ++s) to.add_slice(total_[s], &total_counts_[s * events_]);
  }

  const ListOrder& lists_;
  const int64_t as_of_;
  const CounterField& right_;
  const bool pairs_;
  const std::vector<double>& decay_days_;
  const uint32_t oldest_;
  const size_t events_;
  std::vector<uint32_t> cell_of_;                 // (right codes) of this row
  std::vector<double> weights_;                   // (decays) of the list's time
  std::vector<uint32_t> row_;                     // (events) of the list
  std::vector<uint32_t> codes_, newest_, order_;  // (cells)
  std::vector<double> decayed_;                   // (cells, events, decays)
  std::vector<Slice> slices_;
  std::vector<uint32_t> counts_;  // (slices, events)
  std::vector<uint16_t> total_;   // (days of the row) ages
  std::vector<uint32_t> total_counts_;
  std::vector<double> total_decayed_;
};

// By halves, since the parts of a long row are merged one with another.
SegmentCells join(std::vector<SegmentCells> parts) {
  for (size_t step = 1; step < parts.size(); step *= 2) {
    for (size_t p = 0; p + step < parts.size(); p += 2 * step) {
      append_cells(parts[p], parts[p + step]);
      parts[p + step] = {};
    }
  }
  return std::move(parts.front());
}

}  // namespace

SegmentCells count_cells(const ListOrder& lists, const CountRange& range,
                         const CounterFields& fields, const CounterSegment& segment,
                         const CounterSpec& spec, int threads, bool pairs) {
  const RowLists rows = lists_by_row(lists, range, fields, segment);
  SegmentCells empty;
  empty.width = segment.left.size();
  empty.events = lists.heads().size() + 1;
  empty.decays = spec.decay_days.size();
  const std::vector<Chunk> chunks = cut(lists, rows);
  std::vector<SegmentCells> parts(chunks.size(), empty);
  std::vector<std::unique_ptr<RowCounter>> counters(static_cast<size_t>(threads));
  const CounterField& right = fields.fields[segment.right];
  parallel_for(chunks.size(), threads, [&](size_t c, int worker) {
    auto& counter = counters[static_cast<size_t>(worker)];
    if (!counter) counter = std::make_unique<RowCounter>(lists, range.as_of, right, spec, pairs);
    for (size_t row = chunks[c].row; row < chunks[c].row_end; ++row) {
      const uint64_t begin = std::max(rows.begin[row], chunks[c].begin);
      const uint64_t end = std::min(rows.begin[row + 1], chunks[c].end);
      counter->count(std::span(rows.left).subspan(row * empty.width, empty.width),
                     std::span(rows.lists).subspan(begin, end - begin), parts[c]);
    }
  });
  return parts.empty() ? empty : join(std::move(parts));
}

}  // namespace kaskad
