// The scan over one byte a coordinate, and the best found scored again in fp32: a quarter of the
// memory that the exact scan reads, at a recall so near to 1 that the rounding shows only between
// neighbours in the list.
#pragma once

#include "kaskad/core/aligned_array.h"
#include "kaskad/retrieval/built_index.h"

namespace kaskad {

// Keeps codes of its own, dimension + 4 bytes an item, and refers to the items, which must outlive
// it.
class Int8Index : public BuiltIndex {
 public:
  Int8Index(std::span<const float> items, size_t dimension);

  void search(std::span<const float> vectors, std::span<const ItemFilter* const> filters, size_t k,
              std::span<ScoredItem> out) const override;
  size_t bytes() const override { return codes_.bytes() + scales_.bytes(); }

 private:
  std::span<const float> items_;
  size_t num_items_, dimension_;
  AlignedArray<uint8_t> codes_;  // pack_codes() of kernels/int8_scan.h
  AlignedArray<float> scales_;
};

}  // namespace kaskad
