#include "kaskad/retrieval/int8_index.h"

#include "kaskad/kernels/int8_scan.h"
#include "kaskad/retrieval/block_scan.h"

namespace kaskad {
namespace {

// Candidates that are scored again for a list of k. Rounding moves an item by a few places, at the
// end of the list as in its middle, so short lists need relatively more.
size_t candidates_for(size_t k) { return k + k / 2 + 16; }

}  // namespace

Int8Index::Int8Index(std::span<const float> items, size_t dimension)
    : items_(items),
      num_items_(items.size() / dimension),
      dimension_(dimension),
      codes_(packed_floats(num_items_, code_bytes(dimension))),
      scales_(packed_floats(num_items_, 1)) {
  pack_codes(items.data(), num_items_, dimension, codes_.data(), scales_.data());
}

void Int8Index::search(std::span<const float> vectors, std::span<const ItemFilter* const> filters,
                       size_t k, std::span<ScoredItem> out) const {
  const size_t num_queries = vectors.size() / dimension_, bytes = code_bytes(dimension_);
  std::vector<TopK> tops(std::min(num_queries, kScanBatch));
  std::vector<int8_t> codes(tops.size() * bytes);
  TopK best;
  for (size_t q = 0; q < num_queries; q += kScanBatch) {
    const size_t count = std::min(kScanBatch, num_queries - q);
    const auto batch = std::span(tops).first(count);
    for (size_t i = 0; i < count; ++i) {
      quantise(vectors.subspan((q + i) * dimension_, dimension_), codes.data() + i * bytes);
      batch[i].reset(k == 0 ? 0 : candidates_for(k));
    }
    scan_blocks(num_items_, codes_.data(), kScanBlock * bytes,
                filters.empty() ? filters : filters.subspan(q, count), batch,
                [&](size_t block, size_t first, size_t queries, const float* thresholds,
                    BlockScores& scores) {
                  scan_codes(codes_.data() + block * kScanBlock * bytes,
                             scales_.data() + block * kScanBlock, dimension_,
                             codes.data() + first * bytes, queries, thresholds, scores);
                });
    for (size_t i = 0; i < count; ++i) {
      best.reset(k);
      rescore(items_, dimension_, vectors.data() + (q + i) * dimension_, batch[i].finish(), best);
      write_row(best, out.subspan((q + i) * k, k));
    }
  }
}

}  // namespace kaskad
