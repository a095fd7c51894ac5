#include <algorithm>
#include <cmath>

#include "kaskad/retrieval/block_scan.h"

namespace kaskad {

void rescore(std::span<const float> items, size_t dimension, const float* query,
             std::span<const Candidate> candidates, TopK& top) {
  constexpr size_t kTogether = 256;
  uint32_t rows[kTogether];
  float scores[kTogether];
  for (size_t first = 0; first < candidates.size(); first += kTogether) {
    const size_t count = std::min(kTogether, candidates.size() - first);
    for (size_t i = 0; i < count; ++i) rows[i] = candidates[first + i].item;
    dot_rows(items.data(), dimension, rows, count, query, scores);
    for (size_t i = 0; i < count; ++i) {
      if (!std::isnan(scores[i])) top.offer(rows[i], scores[i]);
    }
  }
}

}  // namespace kaskad
