// The exact scan: all inner products in fp32, the best k kept on the way. The measure of the other
// kinds, and often the fastest of them on catalogues of some ten thousand items.
#pragma once

#include "kaskad/core/aligned_array.h"
#include "kaskad/retrieval/built_index.h"

namespace kaskad {

// Keeps a copy of the items, rearranged in blocks: as much memory as the items themselves.
class ExactIndex : public BuiltIndex {
 public:
  ExactIndex(std::span<const float> items, size_t dimension);

  void search(std::span<const float> vectors, std::span<const ItemFilter* const> filters, size_t k,
              std::span<ScoredItem> out) const override;
  size_t bytes() const override { return blocks_.bytes(); }

 private:
  size_t num_items_, dimension_;
  AlignedArray<float> blocks_;  // pack_blocks() of kernels/dot_scan.h
};

}  // namespace kaskad
