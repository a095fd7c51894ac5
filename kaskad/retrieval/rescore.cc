#include <cmath>

#include "kaskad/core/aligned_array.h"
#include "kaskad/retrieval/block_scan.h"

namespace kaskad {

// Candidates are copied together into a block of their own, so that a score has the same bits as in
// the exact scan and ties fall alike.
void rescore(std::span<const float> items, size_t dimension, const float* query,
             std::span<const Candidate> candidates, TopK& top) {
  AlignedArray<float> rows(kScanBlock * dimension), block(kScanBlock * dimension);
  BlockScores out;
  for (size_t first = 0; first < candidates.size(); first += kScanBlock) {
    const size_t count = std::min(kScanBlock, candidates.size() - first);
    for (size_t j = 0; j < count; ++j) {
      std::copy_n(items.data() + size_t{candidates[first + j].item} * dimension, dimension,
                  rows.data() + j * dimension);
    }
    pack_blocks(rows.data(), count, dimension, block.data());
    const float threshold = top.threshold();
    scan_block(block.data(), dimension, query, 1, &threshold, out);
    for (size_t j = 0; j < count; ++j) {
      if (!std::isnan(out.scores[j])) top.offer(candidates[first + j].item, out.scores[j]);
    }
  }
}

}  // namespace kaskad
