#include "kaskad/cooc/pair_counts.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "kaskad/cooc/lane_tables.h"
#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/kernels/lane_row.h"

namespace kaskad {
namespace {

// What one thread needs to gather the rows of a block, one after the other. A block is put together
// here and copied when it is whole, so that its own arrays are allocated once.
struct RowScratch {
  AlignedFloats accumulators;       // (items, kLanes), all 0 between rows
  std::vector<uint8_t> is_touched;  // (items), all 0 between rows
  std::vector<uint32_t> touched;    // (items + 1)

  size_t stored = 0;                       // columns of the block so far
  std::vector<uint32_t> columns;           // (stored or more)
  std::vector<std::vector<float>> values;  // (weightings, stored or more)

  void resize(size_t items, size_t weightings) {
    values.resize(weightings);
    if (is_touched.size() == items) return;
    accumulators.assign(items * kLanes, 0.0f);
    is_touched.assign(items, 0);
    touched.resize(items + 1);
  }

  void make_room(size_t more) {
    if (stored + more <= columns.size()) return;
    const size_t room = 2 * (stored + more);
    columns.resize(room);
    for (std::vector<float>& lane : values) lane.resize(room);
  }
};

size_t gather_row(const Sequences& sequences, const LaneSet& lanes, size_t row,
                  RowScratch& scratch) {
  Neighbourhood around{.item = sequences.item.data(),
                       .day = sequences.day.data(),
                       .weight = sequences.weight.data()};
  size_t count = 0;
  for (const uint32_t event : sequences.occurrences(row)) {
    const uint32_t user = sequences.user[event];
    around.begin = sequences.user_begin[user];
    around.end = sequences.user_begin[user + 1];
    around.event = event;
    alignas(64) float user_weight[kLanes];
    lanes.user_weights(around.end - around.begin, user_weight);
    count = accumulate_lanes(around, lanes.tables(), user_weight, scratch.accumulators.data(),
                             scratch.is_touched.data(), scratch.touched.data(), count);
  }
  return count;
}

// Rows that touch much of the catalogue get their columns in order, for the caches' sake.
void order_columns(RowScratch& scratch, size_t count) {
  const size_t items = scratch.is_touched.size();
  if (count < items / 8) return;
  size_t next = 0;
  for (uint32_t j = 0; j < items; ++j) {
    scratch.touched[next] = j;  // without a branch: overwritten unless touched
    next += scratch.is_touched[j];
  }
}

// Keeps the `most` columns whose best lane is strongest, popularity discounted; adds what the
// others had to `sums` (kLanes).
size_t prune_row(RowScratch& scratch, size_t count, size_t most, size_t used_lanes,
                 const std::vector<float>& discount, double* sums) {
  const auto strength = [&](uint32_t j) {
    const float* lane = scratch.accumulators.data() + j * kLanes;
    return *std::max_element(lane, lane + used_lanes) * discount[j];
  };
  const auto stronger = [&](uint32_t a, uint32_t b) {
    const float x = strength(a), y = strength(b);
    return x != y ? x > y : a < b;
  };
  const auto begin = scratch.touched.begin();
  std::nth_element(begin, begin + most, begin + count, stronger);
  for (size_t c = most; c < count; ++c) {
    const uint32_t j = scratch.touched[c];
    float* lane = scratch.accumulators.data() + j * kLanes;
    for (size_t l = 0; l < used_lanes; ++l) sums[l] += lane[l];
    std::fill_n(lane, kLanes, 0.0f);
    scratch.is_touched[j] = 0;
  }
  return most;
}

// Moves the row out of the scratch space, which is zero again afterwards, and adds it to `sums`.
void store_row(RowScratch& scratch, size_t count, size_t used_lanes, double* sums,
               CountBlock& block) {
  scratch.make_room(count);
  const uint32_t* columns = scratch.touched.data();
  std::copy_n(columns, count, scratch.columns.data() + scratch.stored);
  float* lanes[kLanes];
  for (size_t l = 0; l < used_lanes; ++l) lanes[l] = scratch.values[l].data() + scratch.stored;
  take_lanes(scratch.accumulators.data(), columns, count, used_lanes, lanes, sums);
  for (size_t c = 0; c < count; ++c) scratch.is_touched[columns[c]] = 0;
  scratch.stored += count;
  block.row_begin.push_back(static_cast<uint32_t>(scratch.stored));
  for (size_t l = 0; l < used_lanes; ++l) block.row_sum.push_back(static_cast<float>(sums[l]));
}

void finish_block(RowScratch& scratch, CountBlock& block) {
  const auto end = static_cast<ptrdiff_t>(scratch.stored);
  block.columns.assign(scratch.columns.begin(), scratch.columns.begin() + end);
  for (const std::vector<float>& lane : scratch.values) {
    block.values.emplace_back(lane.begin(), lane.begin() + end);
  }
  scratch.stored = 0;
}

std::vector<float> weighted_occurrences(const Sequences& sequences,
                                        const PairWeighting& weighting) {
  std::vector<float> result(sequences.num_items, 0.0f);
  for (size_t i = 0; i < sequences.num_items; ++i) {
    double sum = 0;
    for (const uint32_t event : sequences.occurrences(i)) {
      const uint32_t user = sequences.user[event];
      const size_t length = sequences.user_begin[user + 1] - sequences.user_begin[user];
      double weight = weighting.occurrence_weight(length, sequences.num_items);
      if (weighting.age_tau > 0) weight *= std::exp(sequences.day[event] / weighting.age_tau);
      if (weighting.event_weight) weight *= sequences.squared_weight(event);
      sum += weight;
    }
    result[i] = static_cast<float>(sum);
  }
  return result;
}

}  // namespace

Marginals PairCounts::marginals(size_t weighting) const {
  return Marginals::of(occurrences[weighting], num_users);
}

uint64_t PairCounts::num_pairs() const {
  uint64_t count = 0;
  for (const CountBlock& block : blocks) count += block.columns.size();
  return count;
}

PairCounts count_pairs(const Sequences& sequences, std::span<const PairWeighting> weightings,
                       const PairCountOptions& options, const Progress& progress) {
  const LaneSet lanes(sequences, weightings);
  PairCounts result;
  result.num_items = sequences.num_items;
  result.num_users = static_cast<double>(sequences.num_users());
  result.weightings.assign(weightings.begin(), weightings.end());
  result.occurrences.resize(weightings.size());
  parallel_for(weightings.size(), options.threads, [&](size_t l, int) {
    result.occurrences[l] = weighted_occurrences(sequences, weightings[l]);
  });
  std::vector<float> discount;  // (items)
  if (options.max_columns > 0) {
    for (size_t i = 0; i < sequences.num_items; ++i) {
      discount.push_back(1 / std::sqrt(1.0f + static_cast<float>(sequences.occurrences(i).size())));
    }
  }
  const size_t num_blocks =
      (result.num_items + PairCounts::kBlockRows - 1) / PairCounts::kBlockRows;
  result.blocks.resize(num_blocks);
  std::vector<RowScratch> scratches(std::max(1, options.threads));
  std::mutex progress_mutex;
  size_t blocks_done = 0;
  parallel_for(num_blocks, options.threads, [&](size_t b, int worker) {
    RowScratch& scratch = scratches[worker];
    scratch.resize(result.num_items, weightings.size());
    CountBlock& block = result.blocks[b];
    block.row_begin.push_back(0);
    const size_t last = std::min(result.num_items, (b + 1) * PairCounts::kBlockRows);
    for (size_t row = b * PairCounts::kBlockRows; row < last; ++row) {
      size_t count = gather_row(sequences, lanes, row, scratch);
      double sums[kLanes] = {};  // of the whole row, pruned or not
      if (options.max_columns > 0 && count > options.max_columns) {
        count = prune_row(scratch, count, options.max_columns, weightings.size(), discount, sums);
      }
      order_columns(scratch, count);
      store_row(scratch, count, weightings.size(), sums, block);
    }
    finish_block(scratch, block);
    std::lock_guard lock(progress_mutex);
    report(progress, {"counting pairs", ++blocks_done, num_blocks, ""});
  });
  return result;
}

}  // namespace kaskad
