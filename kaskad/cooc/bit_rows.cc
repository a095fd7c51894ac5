#include "kaskad/cooc/bit_rows.h"

#include <atomic>

#include "kaskad/core/parallel.h"
#include "kaskad/kernels/common_bits.h"

namespace kaskad {
namespace {

constexpr size_t kBitTile = 32;  // rows and columns counted by one task at a time

size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

class BitMatrix {
 public:
  BitMatrix(const Sequences& sequences, const PopularityOrder& order)
      : sequences_(sequences),
        order_(order),
        words_(round_up(sequences.num_users(), kUsersPerLine) / 64),
        bits_(hwy::AllocateAligned<uint64_t>(words_ * order.item.size())) {
    if (!bits_) throw std::bad_alloc();
    std::fill_n(bits_.get(), words_ * order.item.size(), 0);
  }

  // False when a user has an item twice.
  bool fill(int threads) {
    const size_t users = sequences_.num_users();
    const auto parts = static_cast<size_t>(std::max(1, threads));
    const size_t part_users = round_up((users + parts - 1) / parts, kUsersPerLine);
    std::atomic<bool> distinct = true;
    parallel_for(parts, threads, [&](size_t part, int) {
      const size_t last = std::min(users, (part + 1) * part_users);
      for (size_t u = part * part_users; u < last; ++u) {
        if (!set_user(u)) distinct = false;
      }
    });
    return distinct;
  }

  size_t words() const { return words_; }
  const uint64_t* row(size_t place) const { return bits_.get() + place * words_; }

 private:
  static constexpr size_t kUsersPerLine = 512;  // no two threads write one cache line

  bool set_user(size_t user) {
    const uint64_t bit = uint64_t{1} << user % 64;
    bool distinct = true;
    for (uint64_t e = sequences_.user_begin[user]; e < sequences_.user_begin[user + 1]; ++e) {
      uint64_t& word = bits_[order_.place[sequences_.item[e]] * words_ + user / 64];
      distinct &= (word & bit) == 0;
      word |= bit;
    }
    return distinct;
  }

  const Sequences& sequences_;
  const PopularityOrder& order_;
  const size_t words_;                          // of a row
  hwy::AlignedFreeUniquePtr<uint64_t[]> bits_;  // (items by place, words)
};

// The counts of a slab of rows by all columns. Within the slab's own columns a tile of counts is
// also that of its mirror image, which is then not counted again.
template <typename Count>
class Slab {
 public:
  Slab(const BitMatrix& bits, size_t items, size_t rows)
      : bits_(bits),
        items_(items),
        stride_(count_blocks(items) * kCountBlock),
        counts_(hwy::AllocateAligned<Count>(stride_ * rows)) {
    if (!counts_) throw std::bad_alloc();
  }

  void count(size_t first, size_t last, int threads) {
    first_ = first;
    last_ = last;
    parallel_for((last - first + kBitTile - 1) / kBitTile, threads, [&](size_t task, int) {
      const size_t row = first + task * kBitTile;
      count_rows(row, std::min(last, row + kBitTile));
    });
  }

  CountedRow<Count> row(size_t place) {
    Count* const counts = counts_.get() + (place - first_) * stride_;
    std::fill(counts + items_, counts + stride_, Count{0});
    return {counts, nullptr, stride_ / kCountBlock};
  }

 private:
  // Columns before the slab, and from the rows' own on.
  void count_rows(size_t row, size_t end_row) {
    for (size_t column = 0; column < first_; column += kBitTile) {
      count_tile(row, end_row, column, std::min(first_, column + kBitTile));
    }
    for (size_t column = row; column < items_; column += kBitTile) {
      count_tile(row, end_row, column, std::min(items_, column + kBitTile));
    }
  }

  void count_tile(size_t row, size_t end_row, size_t column, size_t end_column) {
    constexpr size_t kChunkBytes = 24 * 1024;  // of columns: stays in the first-level cache
    const size_t chunk = std::max<size_t>(4, kChunkBytes / (bits_.words() * 8) / 4 * 4);
    uint32_t tile[kBitTile][kBitTile];
    for (size_t c = column; c < end_column; c += chunk) {
      const size_t count = std::min(chunk, end_column - c);
      for (size_t r = row; r < end_row; ++r) {
        common_bits(bits_.row(r), bits_.row(c), count, bits_.words(), tile[r - row] + (c - column));
      }
    }
    for (size_t r = row; r < end_row; ++r) {
      std::copy_n(tile[r - row], end_column - column, at(r, column));
    }
    if (column < first_ || column == row) return;
    for (size_t c = column; c < std::min(end_column, last_); ++c) {
      Count* const mirrored = at(c, row);
      for (size_t r = row; r < end_row; ++r)
        mirrored[r - row] = static_cast<Count>(tile[r - row][c - column]);
    }
  }

  Count* at(size_t row, size_t column) { return counts_.get() + (row - first_) * stride_ + column; }

  const BitMatrix& bits_;
  const size_t items_, stride_;
  size_t first_ = 0, last_ = 0;                // rows
  hwy::AlignedFreeUniquePtr<Count[]> counts_;  // (rows, stride)
};

template <typename Count>
void count_slabs(const BitMatrix& bits, size_t items, RowCutter& cutter, int threads,
                 size_t count_bytes) {
  const size_t fitting = count_bytes / (count_blocks(items) * kCountBlock * sizeof(Count));
  const size_t rows = std::min(items, std::max(kBitTile, fitting / kBitTile * kBitTile));
  Slab<Count> slab(bits, items, rows);
  std::vector<RowCutter::Scratch> scratches(static_cast<size_t>(std::max(1, threads)));
  for (size_t first = 0; first < items; first += rows) {
    const size_t last = std::min(items, first + rows);
    slab.count(first, last, threads);
    parallel_for((last - first + kBitTile - 1) / kBitTile, threads, [&](size_t task, int worker) {
      const size_t begin = first + task * kBitTile;
      for (size_t place = begin; place < std::min(last, begin + kBitTile); ++place) {
        cutter.cut(place, slab.row(place), scratches[static_cast<size_t>(worker)]);
      }
    });
  }
}

}  // namespace

bool bits_are_cheaper(const Sequences& sequences) {
  constexpr double kWordsPerEvent = 6;  // words of bits that cost as much as a step over an event
  constexpr double kMostBytes = 1 << 28;
  double pairs = 0;
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    const auto n = static_cast<double>(sequences.user_begin[u + 1] - sequences.user_begin[u]);
    pairs += n * n;
  }
  const auto items = static_cast<double>(sequences.num_items);
  const double words = static_cast<double>(sequences.num_users()) / 64;
  return items * items * words < kWordsPerEvent * pairs && items * words * 8 < kMostBytes;
}

bool count_bit_rows(const Sequences& sequences, const PopularityOrder& order, RowCutter& cutter,
                    int threads, size_t count_bytes) {
  BitMatrix bits(sequences, order);
  if (!bits.fill(threads)) return false;
  if (sequences.num_users() <= UINT16_MAX) {
    count_slabs<uint16_t>(bits, order.item.size(), cutter, threads, count_bytes);
  } else {
    count_slabs<uint32_t>(bits, order.item.size(), cutter, threads, count_bytes);
  }
  return true;
}

}  // namespace kaskad
