// The first step of a search in two: the items that score best in a cheaper scale, hundreds or
// thousands of them, to be scored again. A list of k is found without keeping one: a sixteenth of
// the blocks tells a threshold that somewhat more than k items beat, and one scan collects those.
// Called by int8_index.cc.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kaskad/retrieval/block_scan.h"

namespace kaskad {

// Of one query. Also what scan_blocks() fills: everything above a threshold that does not move.
class Candidates {
 public:
  float threshold() const { return threshold_; }
  void offer(uint32_t item, float score) { list_.push_back({score, item}); }

  void reset(float threshold) {
    threshold_ = threshold;
    list_.clear();
  }
  // Of a list of at most `wanted` that has them all where it is shorter.
  void take(const std::vector<Candidate>& best, size_t wanted) {
    list_ = best;
    const bool all = best.empty() || best.size() < wanted;
    threshold_ = all ? -std::numeric_limits<float>::infinity() : best.back().score;
  }
  // The best `count` alone.
  void cut(size_t count) {
    const auto last = list_.begin() + static_cast<ptrdiff_t>(count) - 1;
    std::nth_element(list_.begin(), last, list_.end(), better);
    threshold_ = last->score;
    list_.resize(count);
  }

  // Moves the best `count` to the front, in no order, and gives them.
  std::span<const Candidate> best_first(size_t count) {
    if (count >= list_.size()) return list_;
    std::nth_element(list_.begin(), list_.begin() + static_cast<ptrdiff_t>(count), list_.end(),
                     better);
    return std::span(list_).first(count);
  }

  // In no order.
  const std::vector<Candidate>& list() const { return list_; }
  // No item that is not in the list and may be shown scores above threshold().
  bool complete() const { return threshold_ == -std::numeric_limits<float>::infinity(); }

 private:
  float threshold_ = 0;
  std::vector<Candidate> list_;
};

inline constexpr size_t kSampleStride = 16;  // one block in so many is scanned for the threshold

// Below this many a TopK has few entries to move, and in a short catalogue it is nearly all of it.
inline bool sampling_pays(size_t num_items, size_t wanted) {
  return wanted > 64 && num_items >= 8 * wanted;
}

// How many of the sample must be above a threshold for `wanted` items of the whole to be above it
// with three standard deviations to spare: of a Poisson number of mean wanted / kSampleStride.
inline size_t sample_rank(size_t wanted) {
  const double mean = static_cast<double>(wanted) / kSampleStride;
  return static_cast<size_t>(std::ceil(mean + 3 * std::sqrt(mean)));
}

// out[q] becomes at least the `wanted` best of query q, or all that its filter lets through, and at
// most twice as many. As scan_blocks() otherwise.
template <typename ScoreBlock>
void find_candidates(size_t num_items, const void* blocks, size_t block_bytes,
                     std::span<const ItemFilter* const> filters, size_t wanted,
                     std::span<Candidates> out, const ScoreBlock& score_block) {
  const bool sampled = sampling_pays(num_items, wanted);
  std::vector<TopK> tops(out.size());
  for (TopK& top : tops) top.reset(sampled ? sample_rank(wanted) : wanted);
  scan_blocks(num_items, blocks, block_bytes, filters, std::span(tops), score_block,
              sampled ? kSampleStride : 1);
  for (size_t q = 0; q < out.size(); ++q) {
    out[q].take(tops[q].finish(), sampled ? sample_rank(wanted) : wanted);
    if (sampled) out[q].reset(out[q].threshold());
  }
  if (!sampled) return;
  scan_blocks(num_items, blocks, block_bytes, filters, out, score_block);
  for (size_t q = 0; q < out.size(); ++q) {
    if (out[q].list().size() > 2 * wanted) out[q].cut(wanted);
    if (out[q].list().size() >= wanted || out[q].complete()) continue;
    // The sample had more than its share of the best.
    tops[q].reset(wanted);
    scan_blocks(num_items, blocks, block_bytes, filters.empty() ? filters : filters.subspan(q, 1),
                std::span(tops).subspan(q, 1),
                [&](size_t block, size_t, size_t, const float* thresholds, BlockScores& scores) {
                  score_block(block, q, 1, thresholds, scores);
                });
    out[q].take(tops[q].finish(), wanted);
  }
}

}  // namespace kaskad
