// Dropout (Hinton et al. 2012) without a stored mask: whether element i survives is a hash of i and
// the mask's key, so that the backward pass computes the same mask again and the result depends
// neither on the number of threads nor on how the elements are divided among calls.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

// One mask: for one layer in one step.
struct DropoutMask {
  // `probability` in [0, 1) of an element to become zero; survivors are divided by the rest.
  // Masks of different (seed, stream) are independent.
  DropoutMask(uint64_t seed, uint64_t stream, double probability);

  uint32_t keys[2];
  int32_t threshold;  // an element is dropped when the 31 bits of its hash are below
  float scale;
};

// out[i] = in[i] * scale, or 0 where element first + i is dropped, i in [0, count). `out` may be
// `in`; no alignment asked.
void dropout(const DropoutMask& mask, uint64_t first, const float* in, float* out, size_t count);
void dropout_reference(const DropoutMask& mask, uint64_t first, const float* in, float* out,
                       size_t count);

}  // namespace kaskad
