// The loop that the exact scans share: every block of items meets every query while it is in the
// cache, and what beats a query's threshold passes its filter into its list. Called by
// exact_index.cc, int8_index.cc and best_candidates.h.
#pragma once

#include <algorithm>
#include <bit>
#include <span>

#include "kaskad/kernels/dot_scan.h"
#include "kaskad/kernels/top_k.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

// Queries whose lists are kept at once: enough to hide the reading of a block from memory behind
// its use, few enough that the lists stay in the second-level cache.
inline constexpr size_t kScanBatch = 256;

inline const ItemFilter* filter_of(std::span<const ItemFilter* const> filters, size_t query) {
  return filters.empty() ? nullptr : filters[query];
}

// Offers the items of one block, the first of which is `first`, to one query's list. A later item
// with a score equal to the threshold cannot get in: the scan comes by rising item.
template <typename List>
void offer_block(const float* scores, uint64_t above, size_t first, const ItemFilter* filter,
                 List& top) {
  for (; above != 0; above &= above - 1) {
    const auto j = static_cast<uint32_t>(std::countr_zero(above));
    const auto item = static_cast<uint32_t>(first) + j;
    if (filter == nullptr || filter->allows(ItemId{item})) top.offer(item, scores[j]);
  }
}

// The share of `next` (bytes) that the i-th of `parts` calls over the block before it should ask
// for, so that memory works while the queries compute.
inline void prefetch_part(const void* next, size_t bytes, size_t i, size_t parts) {
  constexpr size_t kLine = 64;
  const size_t lines = bytes / kLine;
  const char* at = static_cast<const char*>(next);
  for (size_t l = lines * i / parts; l < lines * (i + 1) / parts; ++l) {
    __builtin_prefetch(at + l * kLine, 0, 2);
  }
}

// score_block(block, first_query, num_queries, thresholds, BlockScores&) scores one block for up to
// kScanQueries neighbouring queries; the blocks lie in `blocks`, `block_bytes` each. `tops` has one
// list for each query: a TopK, reset to its k, or whatever has a threshold() and takes an offer().
// Only every `stride`-th block is scanned.
template <typename List, typename ScoreBlock>
void scan_blocks(size_t num_items, const void* blocks, size_t block_bytes,
                 std::span<const ItemFilter* const> filters, std::span<List> tops,
                 const ScoreBlock& score_block, size_t stride = 1) {
  BlockScores out;
  float thresholds[kScanQueries];
  const size_t calls = (tops.size() + kScanQueries - 1) / kScanQueries;
  for (size_t first = 0; first < num_items; first += stride * kScanBlock) {
    const size_t items = std::min(kScanBlock, num_items - first);
    const uint64_t real = ~uint64_t{0} >> (kScanBlock - items);
    for (size_t q = 0; q < tops.size(); q += kScanQueries) {
      const size_t count = std::min(kScanQueries, tops.size() - q);
      for (size_t i = 0; i < count; ++i) thresholds[i] = tops[q + i].threshold();
      if (calls > 1 && first + stride * kScanBlock < num_items) {
        const char* next =
            static_cast<const char*>(blocks) + (first / kScanBlock + stride) * block_bytes;
        prefetch_part(next, block_bytes, q / kScanQueries, calls);
      }
      score_block(first / kScanBlock, q, count, thresholds, out);
      for (size_t i = 0; i < count; ++i) {
        const uint64_t above = out.above[i] & real;
        if (above == 0) continue;
        offer_block(out.scores + i * kScanBlock, above, first, filter_of(filters, q + i),
                    tops[q + i]);
      }
    }
  }
}

// The best of `top`, then kNoItem.
inline void write_row(TopK& top, std::span<ScoredItem> row) {
  const auto& best = top.finish();
  const size_t count = std::min(best.size(), row.size());
  for (size_t i = 0; i < count; ++i) row[i] = {ItemId{best[i].item}, best[i].score};
  std::fill(row.begin() + static_cast<ptrdiff_t>(count), row.end(), ScoredItem{});
}

// Scores `candidates` for one query in fp32, with the bits of the exact scan, so that ties fall
// alike, and offers them to `top`. `items` is (num_items, dimension).
void rescore(std::span<const float> items, size_t dimension, const float* query,
             std::span<const Candidate> candidates, TopK& top);

}  // namespace kaskad
