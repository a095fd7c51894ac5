#include "kaskad/cooc/fused_matrix.h"

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/kernels/common_bits.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {
namespace {

constexpr size_t kRowsPerTask = 32;
constexpr uint32_t kLastOfUser = uint32_t{1} << 31;  // set on the last event of a history
constexpr uint32_t kPlaceMask = kLastOfUser - 1;

// Items renumbered by falling popularity: the accumulators of the items that occur most lie
// together and stay in the first-level cache.
struct PopularityOrder {
  std::vector<uint32_t> item;   // (items): of each place
  std::vector<uint32_t> place;  // (items): of each item

  explicit PopularityOrder(const Sequences& sequences)
      : item(sequences.num_items), place(sequences.num_items) {
    std::iota(item.begin(), item.end(), 0u);
    std::stable_sort(item.begin(), item.end(), [&](uint32_t a, uint32_t b) {
      return sequences.occurrences(a).size() > sequences.occurrences(b).size();
    });
    for (uint32_t p = 0; p < item.size(); ++p) place[item[p]] = p;
  }
};

// Rows of a fixed width that threads fill in any order; finish() closes the gaps.
class FixedRows {
 public:
  FixedRows(size_t items, uint32_t width)
      : width_(width), length_(items, 0), columns_(items * width), values_(items * width) {}

  void set(uint32_t row, const std::vector<Candidate>& best, const PopularityOrder& order,
           float scale) {
    size_t at = static_cast<size_t>(row) * width_;
    for (const Candidate& candidate : best) {
      columns_[at] = order.item[candidate.item];
      values_[at++] = candidate.score * scale;
    }
    length_[row] = static_cast<uint32_t>(best.size());
  }

  ItemMatrix finish() {
    ItemMatrix matrix;
    matrix.row_begin.reserve(length_.size() + 1);
    size_t end = 0;
    for (size_t row = 0; row < length_.size(); ++row) {
      const auto from = static_cast<ptrdiff_t>(row * width_);
      std::copy_n(columns_.begin() + from, length_[row],
                  columns_.begin() + static_cast<ptrdiff_t>(end));
      std::copy_n(values_.begin() + from, length_[row],
                  values_.begin() + static_cast<ptrdiff_t>(end));
      end += length_[row];
      matrix.row_begin.push_back(end);
    }
    columns_.resize(end);
    values_.resize(end);
    matrix.columns = std::move(columns_);
    matrix.values = std::move(values_);
    return matrix;
  }

 private:
  size_t width_;
  std::vector<uint32_t> length_;  // (items)
  std::vector<uint32_t> columns_;
  std::vector<float> values_;
};

// What one thread needs for a row.
struct Scratch {
  std::vector<float> sums;             // (items) by place, 0 between rows
  std::vector<uint16_t> small_counts;  // (items) by place, 0 between rows
  std::vector<uint32_t> columns;       // of the row, as items
  std::vector<uint32_t> places;        // of the row
  std::vector<float> values;
  std::vector<uint32_t> counts;  // (rows of a task, items) by place, of the bit rows
  TopK top;
};

class Fusion {
 public:
  Fusion(const Sequences& sequences, const PairWeighting& weighting,
         const Normalisation& normalisation, int threads)
      : sequences_(sequences),
        weighting_(weighting),
        norm_(normalisation),
        threads_(threads),
        order_(sequences),
        occurrences_(weigh_occurrences()),
        normaliser_(normalisation, marginals()),
        rows_(sequences.num_items, normalisation.top_k) {
    for (const uint32_t item : order_.item) {
      target_factor_.push_back(normaliser_.target_factor(item));
    }
    place_events();
    tabulate();
    if (weighting_.is_bag()) {
      list_bags();
      choose_small_counts();
    }
  }

  ItemMatrix run() {
    const size_t items = sequences_.num_items;
    const bool use_bits = bits_are_cheaper() && fill_bits();
    std::vector<Scratch> scratches(static_cast<size_t>(std::max(1, threads_)));
    const size_t tasks = (items + kRowsPerTask - 1) / kRowsPerTask;
    parallel_for(tasks, threads_, [&](size_t task, int worker) {
      Scratch& scratch = scratches[static_cast<size_t>(worker)];
      if (use_small_counts_) {
        scratch.small_counts.resize(items, 0);
      } else {
        scratch.sums.resize(items, 0.0f);
      }
      const size_t first = task * kRowsPerTask;
      const size_t last = std::min(items, first + kRowsPerTask);
      if (use_bits) count_bits(first, last, scratch);
      for (size_t p = first; p < last; ++p) {
        const uint32_t row = order_.item[p];
        cut(row, scratch, [&](auto&& take) {
          if (!use_bits) return count_by_histories(row, scratch, take);
          const uint32_t* counts = scratch.counts.data() + (p - first) * items;
          for (uint32_t place = 0; place < items; ++place) {
            if (counts[place] > 0 && place != p) take(place, static_cast<float>(counts[place]));
          }
        });
      }
    });
    return rows_.finish();
  }

 private:
  size_t history_length(uint32_t user) const {
    return sequences_.user_begin[user + 1] - sequences_.user_begin[user];
  }

  std::vector<float> weigh_occurrences() const {
    std::vector<float> result(sequences_.num_items, 0.0f);
    for (size_t i = 0; i < result.size(); ++i) {
      double sum = 0;
      for (const uint32_t event : sequences_.occurrences(i)) {
        sum += weighting_.user_weight(history_length(sequences_.user[event]), result.size());
      }
      result[i] = static_cast<float>(sum);
    }
    return result;
  }

  Marginals marginals() const {
    return Marginals::of(occurrences_, static_cast<double>(sequences_.num_users()));
  }

  void place_events() {
    place_of_event_.resize(sequences_.num_events());
    for (size_t e = 0; e < place_of_event_.size(); ++e) {
      place_of_event_[e] = order_.place[sequences_.item[e]];
    }
    for (size_t u = 0; u < sequences_.num_users(); ++u) {
      const uint64_t end = sequences_.user_begin[u + 1];
      if (end > sequences_.user_begin[u]) place_of_event_[end - 1] |= kLastOfUser;
    }
  }

  // Where the history of each occurrence begins, so that a walk touches nothing else.
  void list_bags() {
    bag_begin_.reserve(sequences_.occurrence.size());
    for (const uint32_t event : sequences_.occurrence) {
      const uint32_t user = sequences_.user[event];
      bag_begin_.push_back(static_cast<uint32_t>(sequences_.user_begin[user]));
      if (weighting_.user != UserWeight::kOne) {
        bag_weight_.push_back(user_weight_[history_length(user)]);
      }
    }
  }

  // Whether 16 bits hold every count: no weights, and no item occurs too often.
  void choose_small_counts() {
    size_t most = 0;
    for (size_t i = 0; i < sequences_.num_items; ++i) {
      most = std::max(most, sequences_.occurrences(i).size());
    }
    use_small_counts_ = bag_weight_.empty() && sequences_.num_events() > 0 && most < UINT16_MAX;
    if (!use_small_counts_) return;
    for (uint32_t i = 0; i < sequences_.num_items; ++i) {
      uint64_t pairs = 0;
      for (const uint32_t event : sequences_.occurrences(i)) {
        pairs += history_length(sequences_.user[event]);
      }
      bag_pairs_.push_back(pairs);
    }
  }

  // Weights by gap and by length of the history, as tables.
  void tabulate() {
    size_t longest = 0;
    for (uint32_t u = 0; u < sequences_.num_users(); ++u) {
      longest = std::max(longest, history_length(u));
    }
    user_weight_.push_back(0);
    gap_weight_.push_back(0);
    reach_ = weighting_.window > 0 ? std::min<size_t>(weighting_.window, longest) : longest;
    for (size_t n = 1; n <= longest; ++n) {
      user_weight_.push_back(static_cast<float>(weighting_.user_weight(n, sequences_.num_items)));
    }
    for (uint32_t g = 1; g <= reach_; ++g) {
      gap_weight_.push_back(static_cast<float>(weighting_.gap_weight(g)));
    }
  }

  // Events that pair with `event`: forwards, and backwards unless direction matters.
  struct Range {
    size_t begin, end;
  };
  Range around(uint32_t event) const {
    const uint32_t user = sequences_.user[event];
    const size_t begin = sequences_.user_begin[user], end = sequences_.user_begin[user + 1];
    if (weighting_.reverse == 0) return {event + size_t{1}, std::min(end, event + reach_ + 1)};
    return {event - std::min(event - begin, reach_), std::min(end, event + reach_ + 1)};
  }

  // Calls use(place, weight) for every pair of one occurrence of the row's item.
  template <typename Use>
  void for_each_pair(uint32_t event, Use&& use) const {
    const float weight = user_weight_[history_length(sequences_.user[event])];
    const float backwards = weight * static_cast<float>(weighting_.reverse);
    const Range range = around(event);
    for (size_t e = range.begin; e < event; ++e) {
      use(place_of_event_[e] & kPlaceMask, gap_weight_[event - e] * backwards);
    }
    for (size_t e = event + size_t{1}; e < range.end; ++e) {
      use(place_of_event_[e] & kPlaceMask, gap_weight_[e - event] * weight);
    }
  }

  // Calls use(place) for every event of the histories that hold an item, and use_history(o)
  // before each history. Reads nothing but the histories, and asks for them some rounds ahead.
  template <typename Before, typename Use>
  void for_each_bag_event(uint32_t row, Before&& before_history, Use&& use) const {
    constexpr size_t kAhead = 12;
    const size_t first = sequences_.item_begin[row], last = sequences_.item_begin[row + 1];
    const uint32_t* const events = place_of_event_.data();
    const uint32_t* const begin = bag_begin_.data();
    for (size_t o = first; o < last; ++o) {
      __builtin_prefetch(events + begin[std::min(o + kAhead, last - 1)]);
      before_history(o);
      for (const uint32_t* place = events + begin[o];; ++place) {
        use(*place & kPlaceMask);
        if (*place & kLastOfUser) break;
      }
    }
  }

  // Hands every positive sum of the row on and clears it: by looking at all places, or only
  // where the row's pairs went.
  template <typename Sum, typename Take, typename Revisit>
  void empty(Sum* sums, size_t pairs, Take&& take, Revisit&& revisit) const {
    const auto empty_one = [&](uint32_t place) {
      const Sum sum = sums[place];
      if (sum == 0) return;
      sums[place] = 0;
      take(place, static_cast<float>(sum));
    };
    if (pairs > sequences_.num_items / 4) {
      for (uint32_t place = 0; place < sequences_.num_items; ++place) empty_one(place);
    } else {
      revisit(empty_one);
    }
  }

  // Counts of a bag as integers, half the memory of float sums: more of it stays in the caches.
  template <typename Take>
  void count_plain_bag(uint32_t row, Scratch& scratch, Take&& take) const {
    uint16_t* const sums = scratch.small_counts.data();
    for_each_bag_event(row, [](size_t) {}, [=](uint32_t place) { ++sums[place]; });
    sums[order_.place[row]] = 0;  // an item is never paired with itself
    empty(sums, bag_pairs_[row], take,
          [&](auto&& use) { for_each_bag_event(row, [](size_t) {}, use); });
  }

  template <typename Take>
  void count_by_histories(uint32_t row, Scratch& scratch, Take&& take) const {
    if (use_small_counts_) return count_plain_bag(row, scratch, take);
    float* const sums = scratch.sums.data();
    size_t pairs = 0;
    const auto visit = [&](auto&& use) {
      if (bag_begin_.empty()) {
        for (const uint32_t event : sequences_.occurrences(row)) for_each_pair(event, use);
        return;
      }
      float weight = 1;
      for_each_bag_event(
          row, [&](size_t o) { weight = bag_weight_.empty() ? 1 : bag_weight_[o]; },
          [&](uint32_t place) { use(place, weight); });
    };
    visit([&](uint32_t place, float weight) {
      sums[place] += weight;
      ++pairs;
    });
    sums[order_.place[row]] = 0;
    empty(sums, pairs, take,
          [&](auto&& use) { visit([&](uint32_t place, float) { use(place); }); });
  }

  // An unweighted bag of distinct items is a product of bit rows. A step over a word of bits
  // costs about a sixth of a step over an event.
  bool bits_are_cheaper() const {
    constexpr double kWordsPerEvent = 6;
    constexpr double kMostBytes = 1 << 28;
    if (!weighting_.is_bag() || weighting_.user != UserWeight::kOne) return false;
    double pairs = 0;
    for (uint32_t u = 0; u < sequences_.num_users(); ++u) {
      const double n = static_cast<double>(history_length(u));
      pairs += n * n;
    }
    const double items = static_cast<double>(sequences_.num_items);
    const double words = static_cast<double>(sequences_.num_users()) / 64;
    return items * items * words < kWordsPerEvent * pairs && items * words * 8 < kMostBytes;
  }

  // False when a user has an item twice, which bits cannot tell.
  bool fill_bits() {
    words_ = (sequences_.num_users() + 511) / 512 * 8;
    bits_ = hwy::AllocateAligned<uint64_t>(words_ * sequences_.num_items);
    if (!bits_) throw std::bad_alloc();
    std::fill_n(bits_.get(), words_ * sequences_.num_items, 0);
    for (size_t e = 0; e < place_of_event_.size(); ++e) {
      const uint32_t user = sequences_.user[e];
      uint64_t& word = bits_[(place_of_event_[e] & kPlaceMask) * words_ + user / 64];
      const uint64_t bit = uint64_t{1} << user % 64;
      if (word & bit) return false;
      word |= bit;
    }
    return true;
  }

  // Counts of all places for the rows [first, last), a chunk of places at a time that stays in
  // the first-level cache while the rows pass over it.
  void count_bits(size_t first, size_t last, Scratch& scratch) const {
    constexpr size_t kChunkBytes = 24 * 1024;
    const size_t items = sequences_.num_items;
    const size_t chunk = std::max<size_t>(4, kChunkBytes / (words_ * 8) / 4 * 4);
    scratch.counts.resize((last - first) * items);
    for (size_t place = 0; place < items; place += chunk) {
      const size_t count = std::min(chunk, items - place);
      for (size_t row = first; row < last; ++row) {
        common_bits(bits_.get() + row * words_, bits_.get() + place * words_, count, words_,
                    scratch.counts.data() + (row - first) * items + place);
      }
    }
  }

  // Cuts the row out of a source of (place, count) that calls what it is given. Where the formula
  // is a product of factors, each count is weighed as it comes and most are never stored.
  template <typename Source>
  void cut(uint32_t row, Scratch& scratch, Source&& source) {
    scratch.top.reset(norm_.top_k);
    double row_sum = 0;
    if (normaliser_.is_product()) {
      const float* const factor = target_factor_.data();
      TopK& top = scratch.top;
      if (normaliser_.needs_row_sum()) {
        source([&](uint32_t place, float count) {
          row_sum += count;
          top.offer(place, count * factor[place]);
        });
      } else {
        source(
            [&, factor](uint32_t place, float count) { top.offer(place, count * factor[place]); });
      }
      rows_.set(row, top.finish(), order_, normaliser_.source_factor(row, row_sum));
      return;
    }
    scratch.places.clear();
    scratch.columns.clear();
    scratch.values.clear();
    source([&](uint32_t place, float count) {
      row_sum += count;
      scratch.places.push_back(place);
      scratch.columns.push_back(order_.item[place]);
      scratch.values.push_back(count);
    });
    normaliser_.apply(row, row_sum, scratch.columns, scratch.values);
    for (size_t c = 0; c < scratch.values.size(); ++c) {
      if (scratch.values[c] > 0) scratch.top.offer(scratch.places[c], scratch.values[c]);
    }
    rows_.set(row, scratch.top.finish(), order_, 1.0f);
  }

  const Sequences& sequences_;
  const PairWeighting weighting_;
  const Normalisation norm_;
  const int threads_;
  const PopularityOrder order_;
  const std::vector<float> occurrences_;  // (items), weighted
  const RowNormaliser normaliser_;
  FixedRows rows_;
  std::vector<float> target_factor_;      // (items) by place
  std::vector<uint32_t> place_of_event_;  // (events), with kLastOfUser
  std::vector<uint32_t> bag_begin_;       // (occurrences): event; only for bags
  std::vector<float> bag_weight_;         // (occurrences); only where users differ
  std::vector<float> user_weight_;        // (longest history + 1)
  std::vector<float> gap_weight_;         // (reach + 1)
  std::vector<uint64_t> bag_pairs_;       // (items): events of the histories that hold the item
  bool use_small_counts_ = false;
  size_t reach_ = 0;
  size_t words_ = 0;                            // of a bit row
  hwy::AlignedFreeUniquePtr<uint64_t[]> bits_;  // (items by place, words)
};

}  // namespace

bool can_fuse(const PairWeighting& weighting, const Normalisation& normalisation) {
  return !weighting.needs_clock() && normalisation.top_k > 0;
}

ItemMatrix fused_matrix(const Sequences& sequences, const PairWeighting& weighting,
                        const Normalisation& normalisation, int threads) {
  KASKAD_ASSERT(can_fuse(weighting, normalisation));
  return Fusion(sequences, weighting, normalisation, threads).run();
}

}  // namespace kaskad
