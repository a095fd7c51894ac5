// How unlike two items are by what is known of them beside the events; for intra-list diversity.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/features.h"

namespace kaskad {

// Content vectors: 1 - cosine. Without them, categories: 1 - |common| / |union| (Jaccard) over
// all categorical columns together. Read-only, thread-safe.
class ItemDistance {
 public:
  // Empty when the table has neither vectors nor categories.
  explicit ItemDistance(const FeatureTable& features);

  bool empty() const { return vectors_.empty() && codes_.empty(); }
  std::string description() const;

  // Mean over the pairs of the list whose both items are described; 0 without such a pair.
  double mean_over_pairs(std::span<const ItemId> list) const;

 private:
  bool known(ItemId item) const;
  double between(ItemId a, ItemId b) const;

  size_t dimension_ = 0;
  std::vector<float> vectors_;  // (items, dimension), of length 1, or zeros where unknown
  std::vector<uint64_t> offsets_, codes_;  // categories of an item, ascending
};

}  // namespace kaskad
