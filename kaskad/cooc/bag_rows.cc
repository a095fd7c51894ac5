#include "kaskad/cooc/bag_rows.h"

#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

constexpr size_t kRowsPerTask = 32;

// Events on their way from the histories to the counts. Copying them first takes the waiting for
// memory out of the counting: a processor that does not know yet where one count goes does not
// start on the next.
struct Waiting {
  static constexpr size_t kEnough = 1024;         // counted when so many wait
  static constexpr size_t kLongestHistory = 512;  // longer ones do not wait
  static constexpr size_t kRoom = kEnough + kLongestHistory + BagEvents::kSlack;

  uint32_t place[kRoom];
  float weight[kRoom];
};

struct BagScratch {
  Waiting waiting;
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

  void count(size_t place, BagScratch& scratch) const {
    if (!user_weight_.empty()) return count_in(place, scratch.floats, scratch);
    const uint64_t most = largest_possible_count(place);
    if (most <= UINT8_MAX) return count_in(place, scratch.bytes, scratch);
    if (most <= UINT16_MAX) return count_in(place, scratch.shorts, scratch);
    if (most <= INT32_MAX) return count_in(place, scratch.words, scratch);
    return count_in(place, scratch.floats, scratch);
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
  void count_in(size_t place, RowCounts<Count>& row, BagScratch& scratch) const {
    constexpr double kMeetsMany = 1.0 / 6;
    const size_t items = bags_.place_begin.size() - 1;
    row.resize(items);
    const double pairs = pairs_per_event_ * static_cast<double>(bags_.holders(place).size());
    if (pairs > kMeetsMany * static_cast<double>(items)) {
      walk(place, scratch.waiting, [counts = row.counts()](uint32_t other, Count weight) {
        counts[other] = static_cast<Count>(counts[other] + weight);
      });
      cutter_.cut(place, row.whole_row(), scratch.cut);
    } else {
      walk(place, scratch.waiting,
           [counts = row.counts(), touched = row.touched()](uint32_t other, Count weight) {
             counts[other] = static_cast<Count>(counts[other] + weight);
             touched[other / kCountBlock] = 1;
           });
      cutter_.cut(place, row.touched_row(), scratch.cut);
    }
  }

  // Calls add(place, weight) for every event of every history that holds `place`.
  template <typename Add>
  void walk(size_t place, Waiting& waiting, Add&& add) const {
    if (user_weight_.empty()) return walk<false>(place, waiting, add);
    return walk<true>(place, waiting, add);
  }

  template <bool kWeighted, typename Add>
  void walk(size_t place, Waiting& waiting, Add&& add) const {
    const uint32_t* const places = bags_.place.data();
    const size_t end = bags_.place_begin[place + 1];
    size_t filled = 0;
    const auto count_waiting = [&] {
      for (size_t i = 0; i < filled; ++i) add(waiting.place[i], kWeighted ? waiting.weight[i] : 1);
      filled = 0;
    };
    for (size_t h = bags_.place_begin[place]; h < end; ++h) {
      ask_ahead(h);
      const uint32_t rank = bags_.holder[h];
      const uint32_t* const history = places + bags_.begin[rank];
      const size_t length = bags_.history_length(rank);
      const float weight = kWeighted ? user_weight_[length] : 1;
      if (length > Waiting::kLongestHistory) {
        for (size_t e = 0; e < length; ++e) add(history[e], weight);
        continue;
      }
      for (size_t e = 0; e < length; e += BagEvents::kSlack) {
        std::copy_n(history + e, BagEvents::kSlack, waiting.place + filled + e);
      }
      if (kWeighted) std::fill_n(waiting.weight + filled, length, weight);
      filled += length;
      if (filled >= Waiting::kEnough) count_waiting();
    }
    count_waiting();
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
  std::vector<BagScratch> scratches(static_cast<size_t>(std::max(1, threads)));
  parallel_for((items + kRowsPerTask - 1) / kRowsPerTask, threads, [&](size_t task, int worker) {
    const size_t last = std::min(items, (task + 1) * kRowsPerTask);
    for (size_t place = task * kRowsPerTask; place < last; ++place) {
      rows.count(place, scratches[static_cast<size_t>(worker)]);
    }
  });
}

}  // namespace kaskad
