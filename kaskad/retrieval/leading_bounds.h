// An upper bound of every inner product from a few numbers an item. With orthonormal axes a_i, the
// first ones those that the items vary along most,
//   <q, x> = sum_i <q, a_i> <x, a_i> + <q', x'>  <=  sum_i <q, a_i> <x, a_i> + |q'| |x'|
// for what is left of q and x beside the axes: an inner product itself, of vectors with one number
// more than there are axes. They are kept in 16 bits, rounded so that the bound holds. Where most
// of what tells items apart lies along few axes, as in vectors that were trained little, a scan of
// these finds all that can be among the best. Owned by int8_index.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/core/aligned_array.h"

namespace kaskad {

// Read-only, thread-safe.
class LeadingBounds {
 public:
  // `items` (num_items, dimension), finite; `places` - 1 axes, places even and at most dimension.
  LeadingBounds(std::span<const float> items, size_t dimension, size_t places);

  // Of one query: no item whose codes have the product s with the query's has a larger inner
  // product than unit * s + slack, in fp32 too.
  struct Scale {
    double unit = 0, slack = 0;
    double bound(float s) const { return unit * static_cast<double>(s) + slack; }
  };
  // Writes the query's codes (places). A query of zeros, or one that is not finite, has unit 0:
  // nothing can be said of it.
  Scale ask(std::span<const float> query, int16_t* codes) const;

  size_t places() const { return places_; }
  size_t block_bytes() const;
  const int16_t* block(size_t number) const;  // for scan_bounds() of kernels/bound_scan.h
  size_t bytes() const { return codes_.bytes(); }

 private:
  // <v, a_i> for each axis, and the length of what is left; returns the length of them all.
  double project(std::span<const float> v, std::span<double> out) const;

  const size_t dimension_, places_;
  std::vector<double> axes_;  // (places - 1, dimension)
  double unit_ = 0;           // of the items' codes
  double longest_ = 0;        // of the items
  AlignedArray<int16_t> codes_;
};

}  // namespace kaskad
