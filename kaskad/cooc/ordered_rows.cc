#include "kaskad/cooc/ordered_rows.h"

#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

constexpr size_t kRowsATask = 32;
constexpr size_t kEventsPerTask = 1 << 16;

struct OrderedScratch {
  RowCounts<float> sums;
  RowCutter::Scratch cut;
};

class OrderedRows {
 public:
  OrderedRows(const Sequences& sequences, const PopularityOrder& order,
              const PairWeighting& weighting, RowCutter& cutter, int threads)
      : sequences_(sequences),
        order_(order),
        weighting_(weighting),
        cutter_(cutter),
        place_of_event_(huge_vector<uint32_t>(sequences.num_events(), threads)) {
    const size_t events = sequences.num_events();
    parallel_for((events + kEventsPerTask - 1) / kEventsPerTask, threads, [&](size_t task, int) {
      const size_t last = std::min(events, (task + 1) * kEventsPerTask);
      for (size_t e = task * kEventsPerTask; e < last; ++e) {
        place_of_event_[e] = order.place[sequences.item[e]];
      }
    });
    tabulate();
  }

  void count(size_t place, OrderedScratch& scratch) const {
    constexpr size_t kMeetsMany = 6;  // a sixth of all items: the row is looked at as a whole
    scratch.sums.resize(sequences_.num_items);
    float* const sums = scratch.sums.counts();
    uint8_t* const touched = scratch.sums.touched();
    size_t pairs = 0;
    for (const uint32_t event : sequences_.occurrences(order_.item[place])) {
      for_each_pair(event, [=, &pairs](uint32_t other, float weight) {
        sums[other] += weight;
        touched[other / kCountBlock] = 1;
        ++pairs;
      });
    }
    if (pairs * kMeetsMany > sequences_.num_items) {
      scratch.sums.unmark();
      cutter_.cut(place, scratch.sums.whole_row(), scratch.cut);
    } else {
      cutter_.cut(place, scratch.sums.touched_row(), scratch.cut);
    }
  }

 private:
  size_t history_length(size_t user) const {
    return sequences_.user_begin[user + 1] - sequences_.user_begin[user];
  }

  // Weights by gap and by length of the history, as tables.
  void tabulate() {
    size_t longest = 0;
    for (size_t u = 0; u < sequences_.num_users(); ++u) {
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
      use(place_of_event_[e], gap_weight_[event - e] * backwards);
    }
    for (size_t e = event + size_t{1}; e < range.end; ++e) {
      use(place_of_event_[e], gap_weight_[e - event] * weight);
    }
  }

  const Sequences& sequences_;
  const PopularityOrder& order_;
  const PairWeighting& weighting_;
  RowCutter& cutter_;
  std::vector<uint32_t> place_of_event_;
  std::vector<float> user_weight_;  // (longest history + 1)
  std::vector<float> gap_weight_;   // (reach + 1)
  size_t reach_ = 0;
};

}  // namespace

void count_ordered_rows(const Sequences& sequences, const PopularityOrder& order,
                        const PairWeighting& weighting, RowCutter& cutter, int threads) {
  const OrderedRows rows(sequences, order, weighting, cutter, threads);
  const size_t items = sequences.num_items;
  std::vector<OrderedScratch> scratches(static_cast<size_t>(std::max(1, threads)));
  parallel_for((items + kRowsATask - 1) / kRowsATask, threads, [&](size_t task, int worker) {
    const size_t last = std::min(items, (task + 1) * kRowsATask);
    for (size_t place = task * kRowsATask; place < last; ++place) {
      rows.count(place, scratches[static_cast<size_t>(worker)]);
    }
  });
}

}  // namespace kaskad
