#include "kaskad/cooc/bag_rows.h"

#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

constexpr size_t kRowsPerTask = 32;

struct Scratch {
  RowCounts<uint8_t> bytes;  // the smaller, the more of them stay in the caches
  RowCounts<uint16_t> shorts;
  RowCounts<uint32_t> words;
  RowCounts<float> floats;
  RowCutter::Scratch cut;
};

class BagRows {
 public:
  BagRows(const BagEvents& bags, std::span<const float> user_weight, RowCutter& cutter)
      : bags_(bags), user_weight_(user_weight), cutter_(cutter) {
    double events = 0, pairs = 0;
    for (size_t r = 0; r < bags.num_users(); ++r) {
      const auto n = static_cast<double>(bags.history_length(r));
      events += n;
      pairs += n * n;
    }
    if (events > 0) pairs_per_event_ = pairs / events;
  }

  void count(size_t place, Scratch& scratch) const {
    if (!user_weight_.empty()) return count_in(place, scratch.floats, scratch.cut);
    const uint64_t most = largest_possible_count(place);
    if (most <= UINT8_MAX) return count_in(place, scratch.bytes, scratch.cut);
    if (most <= UINT16_MAX) return count_in(place, scratch.shorts, scratch.cut);
    if (most <= INT32_MAX) return count_in(place, scratch.words, scratch.cut);
    return count_in(place, scratch.floats, scratch.cut);
  }

 private:
  uint64_t largest_possible_count(size_t place) const {
    if (!bags_.has_repeats) return bags_.holders(place).size();
    uint64_t pairs = 0;
    for (const uint32_t rank : bags_.holders(place)) pairs += bags_.history_length(rank);
    return pairs;
  }

  // A row that meets a good part of all items is looked through as a whole; in the others the
  // walk marks the blocks that it touches.
  template <typename Count>
  void count_in(size_t place, RowCounts<Count>& row, RowCutter::Scratch& cut) const {
    constexpr double kMeetsMany = 1.0 / 6;
    const size_t items = bags_.place_begin.size() - 1;
    row.resize(items);
    const double pairs = pairs_per_event_ * static_cast<double>(bags_.holders(place).size());
    if (pairs > kMeetsMany * static_cast<double>(items)) {
      walk(place, [counts = row.counts()](uint32_t other, Count weight) {
        counts[other] = static_cast<Count>(counts[other] + weight);
      });
      cutter_.cut(place, row.whole_row(), cut);
    } else {
      walk(place, [counts = row.counts(), touched = row.touched()](uint32_t other, Count weight) {
        counts[other] = static_cast<Count>(counts[other] + weight);
        touched[other / kCountBlock] = 1;
      });
      cutter_.cut(place, row.touched_row(), cut);
    }
  }

  // Calls add(place, weight) for every event of every history that holds `place`.
  template <typename Add>
  void walk(size_t place, Add&& add) const {
    const uint32_t* const places = bags_.place.data();
    const size_t end = bags_.place_begin[place + 1];
    for (size_t h = bags_.place_begin[place]; h < end; ++h) {
      ask_ahead(h);
      const uint32_t rank = bags_.holder[h];
      const uint32_t* const last = places + bags_.begin[rank + 1];
      if (user_weight_.empty()) {
        for (const uint32_t* p = places + bags_.begin[rank]; p < last; ++p) add(*p, 1);
      } else {
        const float weight = user_weight_[bags_.history_length(rank)];
        for (const uint32_t* p = places + bags_.begin[rank]; p < last; ++p) add(*p, weight);
      }
    }
  }

  // Fetches the histories of some holders later, of this row or of those after it, and before
  // that where they begin.
  void ask_ahead(size_t h) const {
    constexpr size_t kBeginAhead = 40, kAhead = 20, kLine = 16;
    const size_t last = bags_.holder.size() - 1;
    __builtin_prefetch(&bags_.begin[bags_.holder[std::min(h + kBeginAhead, last)]]);
    const uint32_t rank = bags_.holder[std::min(h + kAhead, last)];
    const uint32_t end = bags_.begin[rank + 1];
    for (uint32_t e = bags_.begin[rank]; e < end; e += kLine) {
      __builtin_prefetch(bags_.place.data() + e);
    }
  }

  const BagEvents& bags_;
  const std::span<const float> user_weight_;
  RowCutter& cutter_;
  double pairs_per_event_ = 0;
};

}  // namespace

void count_bag_rows(const BagEvents& bags, std::span<const float> user_weight, RowCutter& cutter,
                    int threads) {
  const BagRows rows(bags, user_weight, cutter);
  const size_t items = bags.place_begin.size() - 1;
  std::vector<Scratch> scratches(static_cast<size_t>(std::max(1, threads)));
  parallel_for((items + kRowsPerTask - 1) / kRowsPerTask, threads, [&](size_t task, int worker) {
    const size_t last = std::min(items, (task + 1) * kRowsPerTask);
    for (size_t place = task * kRowsPerTask; place < last; ++place) {
      rows.count(place, scratches[static_cast<size_t>(worker)]);
    }
  });
}

}  // namespace kaskad
