// Vectors as recommenders have them: items in clusters, a few of them of large norm, users near the
// clusters. And the plain answer to a search.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kaskad/kernels/dot_scan.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

struct PlantedVectors {
  size_t dimension;
  std::vector<float> items, queries;  // (num_items, dimension), (num_queries, dimension)
};

inline PlantedVectors planted_vectors(size_t num_items, size_t num_queries, size_t dimension,
                                      uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  constexpr size_t kClusters = 20;
  std::vector<float> centers(kClusters * dimension);
  for (float& x : centers) x = normal(random);
  const auto fill = [&](size_t count, auto norm) {
    std::vector<float> rows(count * dimension);
    for (size_t row = 0; row < count; ++row) {
      const float* center = centers.data() + random() % kClusters * dimension;
      const float scale = norm(row);
      for (size_t i = 0; i < dimension; ++i) {
        rows[row * dimension + i] = scale * (center[i] + normal(random));
      }
    }
    return rows;
  };
  PlantedVectors vectors{dimension, {}, {}};
  vectors.items = fill(num_items, [&](size_t) { return std::exp(0.4f * normal(random)); });
  vectors.queries = fill(num_queries, [](size_t) { return 1.0f; });
  return vectors;
}

// The same with what lies beside three axes made so much smaller, as in vectors of few directions.
inline PlantedVectors flat_vectors(size_t num_items, size_t num_queries, size_t dimension,
                                   float beside, uint32_t seed) {
  PlantedVectors vectors = planted_vectors(num_items, num_queries, dimension, seed);
  for (auto* rows : {&vectors.items, &vectors.queries}) {
    for (size_t i = 0; i < rows->size(); ++i) {
      if (i % dimension % 5 != 0 || i % dimension > 10) (*rows)[i] *= beside;  // not 0, 5 and 10
    }
  }
  return vectors;
}

// The k best of the items that `filter` (or none) lets through, by sorting all of them.
inline std::vector<ScoredItem> plain_search(const PlantedVectors& vectors, size_t query,
                                            const ItemFilter* filter, size_t k) {
  const float* q = vectors.queries.data() + query * vectors.dimension;
  std::vector<ScoredItem> all;
  for (uint32_t item = 0; item < vectors.items.size() / vectors.dimension; ++item) {
    if (filter != nullptr && !filter->allows(ItemId{item})) continue;
    const float* row = vectors.items.data() + item * vectors.dimension;
    all.push_back({ItemId{item}, dot_reference(q, row, vectors.dimension)});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(k);
  return all;
}

}  // namespace kaskad
