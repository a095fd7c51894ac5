// How well and how fast an index answers, against the exact scan. Called by vector_index.cc at
// every build.
#pragma once

#include <vector>

#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

// Questions whose exact answers are known.
class RecallSample {
 public:
  // Asks `exact` for the k best of up to `size` rows of `queries`, evenly spread.
  RecallSample(const VectorIndex& exact, std::span<const float> queries, size_t dimension,
               size_t size, size_t k);

  // Mean share of the exact list that `index` finds: its items whose score reaches the exact k-th,
  // so that either of two equal items will do. 1 where there is nothing to find.
  double recall(const VectorIndex& index) const;

  std::span<const float> queries() const { return queries_; }
  size_t k() const { return k_; }

  // Median seconds of one query asked alone.
  double seconds_a_query(const VectorIndex& index) const;

 private:
  size_t dimension_, k_, size_ = 0;
  std::vector<float> queries_;     // (size, dimension)
  std::vector<ScoredItem> exact_;  // (size, k)
};

}  // namespace kaskad
