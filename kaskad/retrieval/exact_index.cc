#include "kaskad/retrieval/exact_index.h"

#include "kaskad/retrieval/block_scan.h"

namespace kaskad {

ExactIndex::ExactIndex(std::span<const float> items, size_t dimension)
    : num_items_(items.size() / dimension),
      dimension_(dimension),
      blocks_(packed_floats(num_items_, dimension)) {
  pack_blocks(items.data(), num_items_, dimension, blocks_.data());
}

void ExactIndex::search(std::span<const float> vectors, std::span<const ItemFilter* const> filters,
                        size_t k, std::span<ScoredItem> out) const {
  const size_t num_queries = vectors.size() / dimension_;
  std::vector<TopK> tops(std::min(num_queries, kScanBatch));
  for (size_t q = 0; q < num_queries; q += kScanBatch) {
    const size_t count = std::min(kScanBatch, num_queries - q);
    const auto batch = std::span(tops).first(count);
    for (TopK& top : batch) top.reset(k);
    scan_blocks(num_items_, blocks_.data(), kScanBlock * dimension_ * sizeof(float),
                filters.empty() ? filters : filters.subspan(q, count), batch,
                [&](size_t block, size_t first, size_t queries, const float* thresholds,
                    BlockScores& scores) {
                  scan_block(blocks_.data() + block * kScanBlock * dimension_, dimension_,
                             vectors.data() + (q + first) * dimension_, queries, thresholds,
                             scores);
                });
    for (size_t i = 0; i < count; ++i) write_row(batch[i], out.subspan((q + i) * k, k));
  }
}

}  // namespace kaskad
