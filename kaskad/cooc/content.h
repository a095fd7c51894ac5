// Similarity of items by what they are: the dot product of L2-normalised content vectors, made
// of a dataset's item features (attributes weighted by inverse frequency, dense vectors as
// given). Serves cold items and supports thin rows of a matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/dataset/features.h"

namespace kaskad {

// Read-only once built, thread-safe.
class ContentSimilarity {
 public:
  struct Neighbour {
    uint32_t item;
    float similarity;  // in (0, 1]
  };

  // Keeps the `neighbours` most similar items of each item. `features.rows` items.
  ContentSimilarity(const FeatureTable& features, size_t neighbours, int threads);

  size_t num_items() const { return sparse_begin_.size() - 1; }

  // <c_i, c_j>, 0 where either has no content.
  float dot(uint32_t i, uint32_t j) const;

  // Most similar first, without the item itself.
  std::span<const Neighbour> neighbours(uint32_t item) const {
    return std::span(neighbours_)
        .subspan(neighbour_begin_[item], neighbour_begin_[item + 1] - neighbour_begin_[item]);
  }

 private:
  struct Entry {
    uint32_t attribute;
    float weight;
  };
  void add_attributes(const FeatureTable& features);
  void add_vectors(const FeatureTable& features);
  void normalise();
  void find_neighbours(size_t count, int threads);

  std::vector<uint64_t> sparse_begin_;  // (items + 1)
  std::vector<Entry> sparse_;           // by attribute within an item
  size_t dimension_ = 0;
  std::vector<float> dense_;  // (items, dimension)
  std::vector<uint64_t> neighbour_begin_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace kaskad
