#include "kaskad/counters/segment_table.h"

#include <algorithm>
#include <bit>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/counters/top_keys.h"

namespace kaskad {
namespace {

// Buckets of a row are a power of two: two to four cells in each.
uint32_t bucket_bits(uint64_t cells) {
  return cells < 8 ? 0 : static_cast<uint32_t>(std::bit_width(cells)) - 2;
}

// One row as it is looked up.
struct Row {
  std::vector<uint32_t> keys, buckets;
  std::vector<float> values;
  std::vector<double> total;
};

class RowMaker {
 public:
  RowMaker(const SegmentCells& cells, const CounterSpec& spec)
      : cells_(cells),
        spec_(spec),
        windows_(spec.windows_days.size()),
        horizons_(spec.num_horizons()),
        counts_(cells.events * windows_) {}

  // False where nothing of the row is left in any horizon.
  bool make(size_t number, Row& row) {
    row = {};
    const uint64_t begin = cells_.row_begin[number], total = cells_.row_begin[number + 1] - 1;
    KASKAD_ASSERT(cells_.right[total] == kNoKey);
    row.total.resize(cells_.events * horizons_);
    if (!read(total, row.total.data())) return false;
    choose(begin, total);
    std::sort(chosen_.begin(), chosen_.end(), [](const TopEntry& a, const TopEntry& b) {
      return a.code * SegmentTable::kSpread < b.code * SegmentTable::kSpread;
    });
    std::vector<double> values(row.total.size());
    for (const TopEntry& entry : chosen_) {
      read(begin + entry.key, values.data());
      row.keys.push_back(entry.code * SegmentTable::kSpread);
      for (const double value : values) row.values.push_back(static_cast<float>(value));
    }
    fill_buckets(row);
    return true;
  }

 private:
  // (events, horizons); false when all are zero.
  bool read(uint64_t cell, double* values) {
    sum_windows(cell);
    bool any = false;
    for (size_t e = 0; e < cells_.events; ++e) {
      for (size_t w = 0; w < windows_; ++w) values[e * horizons_ + w] = counts_[e * windows_ + w];
      for (size_t d = 0; d < cells_.decays; ++d) {
        values[e * horizons_ + windows_ + d] =
            cells_.decayed[(cell * cells_.events + e) * cells_.decays + d];
      }
      for (size_t h = 0; h < horizons_; ++h) any |= values[e * horizons_ + h] > 0;
    }
    return any;
  }

  void sum_windows(uint64_t cell) {
    std::fill(counts_.begin(), counts_.end(), 0u);
    for (uint64_t s = cells_.slice_begin[cell]; s < cells_.slice_begin[cell + 1]; ++s) {
      for (size_t w = 0; w < windows_; ++w) {
        if (spec_.windows_days[w] != 0 && cells_.age[s] >= spec_.windows_days[w]) continue;
        for (size_t e = 0; e < cells_.events; ++e) {
          counts_[e * windows_ + w] += cells_.counts[s * cells_.events + e];
        }
      }
    }
  }

  void choose(uint64_t begin, uint64_t end) {
    chosen_.clear();
    std::vector<double> values(cells_.events * horizons_);
    const size_t window = spec_.top > 0 ? ordering_window(spec_) : 0;
    for (uint64_t cell = begin; cell < end; ++cell) {
      if (!read(cell, values.data())) continue;
      const uint64_t value =
          spec_.top > 0 ? top_value(counts_.data(), cells_.events, windows_, window) : 0;
      chosen_.push_back({value, cells_.right[cell], static_cast<uint32_t>(cell - begin)});
    }
    if (spec_.top == 0) return;
    const TopCutoff cutoff = top_cutoff(chosen_, spec_.top);
    std::erase_if(chosen_,
                  [&](const TopEntry& entry) { return !cutoff.keeps(entry.value, entry.code); });
  }

  static void fill_buckets(Row& row) {
    const uint32_t bits = bucket_bits(row.keys.size());
    row.buckets.assign((size_t{1} << bits) + 1, 0);
    for (const uint32_t key : row.keys) ++row.buckets[(uint64_t{key} >> (32 - bits)) + 1];
    for (size_t b = 1; b < row.buckets.size(); ++b) row.buckets[b] += row.buckets[b - 1];
  }

  const SegmentCells& cells_;
  const CounterSpec& spec_;
  const size_t windows_, horizons_;
  std::vector<uint32_t> counts_;  // (events, windows) of a cell
  std::vector<TopEntry> chosen_;  // `key`: the cell's place in its row
};

}  // namespace

size_t write_segment_table(const SegmentCells& cells, const CounterSpec& spec,
                           const std::string& prefix, int threads) {
  constexpr size_t kBlock = 256;  // rows
  std::vector<uint32_t> left, buckets, keys;
  std::vector<uint64_t> row_begin{0}, bucket_begin{0};
  std::vector<double> totals;
  std::vector<float> values;
  // Some blocks a thread at a time, appended in order.
  const size_t round = kBlock * 16 * static_cast<size_t>(threads);
  for (size_t begin = 0; begin < cells.num_rows(); begin += round) {
    const size_t count = std::min(round, cells.num_rows() - begin);
    std::vector<Row> rows(count);
    std::vector<uint8_t> kept(count);
    parallel_for((count + kBlock - 1) / kBlock, threads, [&](size_t block, int) {
      RowMaker maker(cells, spec);
      for (size_t r = block * kBlock; r < std::min(count, (block + 1) * kBlock); ++r) {
        kept[r] = maker.make(begin + r, rows[r]);
      }
    });
    for (size_t r = 0; r < count; ++r) {
      if (!kept[r]) continue;
      const auto codes = cells.left_of(begin + r);
      left.insert(left.end(), codes.begin(), codes.end());
      keys.insert(keys.end(), rows[r].keys.begin(), rows[r].keys.end());
      buckets.insert(buckets.end(), rows[r].buckets.begin(), rows[r].buckets.end());
      totals.insert(totals.end(), rows[r].total.begin(), rows[r].total.end());
      values.insert(values.end(), rows[r].values.begin(), rows[r].values.end());
      row_begin.push_back(keys.size());
      bucket_begin.push_back(buckets.size());
    }
  }
  const size_t width = cells.events * spec.num_horizons();
  write_npy(prefix + "_left.npy", left, {row_begin.size() - 1, cells.width});
  write_npy(prefix + "_row_begin.npy", row_begin);
  write_npy(prefix + "_bucket_begin.npy", bucket_begin);
  write_npy(prefix + "_buckets.npy", buckets);
  write_npy(prefix + "_keys.npy", keys);
  write_npy(prefix + "_totals.npy", totals, {row_begin.size() - 1, width});
  write_npy(prefix + "_cells.npy", values, {keys.size(), width});
  return keys.size();
}

SegmentTable::SegmentTable(const std::string& prefix, size_t width, size_t values)
    : width_(width),
      values_(values),
      left_(prefix + "_left.npy"),
      row_begin_(prefix + "_row_begin.npy"),
      bucket_begin_(prefix + "_bucket_begin.npy"),
      buckets_(prefix + "_buckets.npy"),
      keys_(prefix + "_keys.npy"),
      totals_(prefix + "_totals.npy"),
      cells_(prefix + "_cells.npy") {
  check(prefix);
}

// A lookup trusts every offset, so all of them are looked at once.
void SegmentTable::check(const std::string& prefix) const {
  const auto rows = row_begin_.values(), buckets_of = bucket_begin_.values();
  bool fits = !rows.empty() && rows.front() == 0 && rows.back() == keys_.size() &&
              std::is_sorted(rows.begin(), rows.end()) && buckets_of.size() == rows.size() &&
              buckets_of.front() == 0 && buckets_of.back() == buckets_.size() &&
              left_.size() == num_rows() * width_ && totals_.size() == num_rows() * values_ &&
              cells_.size() == keys_.size() * values_;
  for (size_t r = 0; fits && r + 1 < rows.size(); ++r) {
    const uint64_t cells = rows[r + 1] - rows[r];
    const uint64_t count = (uint64_t{1} << bucket_bits(cells)) + 1;
    fits = buckets_of[r] + count == buckets_of[r + 1] && buckets_of[r + 1] <= buckets_.size();
    if (!fits) break;
    const auto buckets = buckets_.values().subspan(buckets_of[r], count);
    fits = buckets.front() == 0 && buckets.back() == cells &&
           std::is_sorted(buckets.begin(), buckets.end());
  }
  if (!fits) {
    throw Error("'" + prefix + "_*.npy' are damaged: they do not fit together for " +
                std::to_string(keys_.size()) + " cells");
  }
}

uint32_t SegmentTable::find_row(std::span<const uint32_t> left) const {
  size_t begin = 0, end = num_rows();
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (std::ranges::lexicographical_compare(left_of(middle), left)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  const bool found = begin < num_rows() && std::ranges::equal(left_of(begin), left);
  return found ? static_cast<uint32_t>(begin) : kNoKey;
}

SegmentTable::Row SegmentTable::row(size_t number) const {
  const uint64_t begin = row_begin_.values()[number];
  const uint64_t cells = row_begin_.values()[number + 1] - begin;
  return {keys_.values().data() + begin, buckets_.values().data() + bucket_begin_.values()[number],
          begin, 32 - bucket_bits(cells)};
}

}  // namespace kaskad
