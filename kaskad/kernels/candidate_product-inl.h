// Products of packed weights with a tile of candidates, fp32 or int8. Included once a target.

#if defined(KASKAD_KERNELS_CANDIDATE_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef KASKAD_KERNELS_CANDIDATE_PRODUCT_INL_H_
#undef KASKAD_KERNELS_CANDIDATE_PRODUCT_INL_H_
#else
#define KASKAD_KERNELS_CANDIDATE_PRODUCT_INL_H_
#endif

#include <hwy/highway.h>

#include "kaskad/kernels/candidate_parts.h"
#include "kaskad/kernels/code_products-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::Rebind<float, CodeTag>;
using FloatVector = hn::Vec<FloatTag>;

// Outputs and vectors of candidates whose sums are in registers at once: 24 of 32, or 12 of 16.
inline constexpr size_t kSumRows = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
inline constexpr size_t kSumVectors = 3;
static_assert(kPackRows % kSumRows == 0);

// What is done with a finished sum of output `row` and the candidates from `column` on.
struct Store {
  float* out;
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    hn::Store(sum, FloatTag(), out + row * kTileColumns + column);
  }
};
struct StoreRelu {
  float* out;
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    hn::Store(hn::Max(sum, hn::Zero(FloatTag())), FloatTag(), out + row * kTileColumns + column);
  }
};
struct AddTo {
  float* out;
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    const FloatTag d;
    float* to = out + row * kTileColumns + column;
    hn::Store(hn::Add(hn::Load(d, to), sum), d, to);
  }
};
struct AddToRelu {
  float* out;
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    const FloatTag d;
    float* to = out + row * kTileColumns + column;
    hn::Store(hn::Max(hn::Add(hn::Load(d, to), sum), hn::Zero(d)), d, to);
  }
};
// Of a cross layer: x' = x0 * sum + x
struct StoreCrossed {
  const float *x0, *x;
  float* out;
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    const FloatTag d;
    const size_t at = row * kTileColumns + column;
    hn::Store(hn::MulAdd(hn::Load(d, x0 + at), sum, hn::Load(d, x + at)), d, out + at);
  }
};
struct StoreScaled {
  float* out;
  const float* factors;  // (columns)
  HWY_INLINE void operator()(size_t row, size_t column, FloatVector sum) const {
    const FloatTag d;
    hn::Store(hn::Mul(sum, hn::Load(d, factors + column)), d, out + row * kTileColumns + column);
  }
};

// kSumRows outputs from `row` on, for kVectors vectors of candidates.
template <size_t kVectors, class Finish>
HWY_INLINE void float_sums(const PackedFloats& map, size_t row, const float* HWY_RESTRICT in,
                           size_t column, const Finish& finish) {
  const FloatTag d;
  const size_t n = hn::Lanes(d);
  const float* HWY_RESTRICT weights =
      map.weights.data() + row / kPackRows * kPackRows * map.inputs + row % kPackRows;
  FloatVector sums[kSumRows][kVectors];
  for (size_t r = 0; r < kSumRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Set(d, map.bias[row + r]);
  }
  for (size_t i = 0; i < map.inputs; ++i) {
    FloatVector x[kVectors];
    for (size_t v = 0; v < kVectors; ++v)
      x[v] = hn::Load(d, in + i * kTileColumns + column + v * n);
    for (size_t r = 0; r < kSumRows; ++r) {
      const auto weight = hn::Set(d, weights[i * kPackRows + r]);
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(weight, x[v], sums[r][v]);
    }
  }
  for (size_t r = 0; r < kSumRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) finish(row + r, column + v * n, sums[r][v]);
  }
}

// The same of codes.
template <size_t kVectors, class Finish>
HWY_INLINE void code_sums(const PackedCodes& map, size_t row, const CodeRows& in, size_t column,
                          const Finish& finish) {
  const CodeTag d;
  const FloatTag df;
  const size_t n = hn::Lanes(d);
  const int8_t* HWY_RESTRICT weights =
      map.codes.data() + (row / kPackRows * kPackRows * map.groups + row % kPackRows) * 4;
  CodeSums sums[kSumRows][kVectors];
  for (size_t r = 0; r < kSumRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) sums[r][v] = sums_from(map.starts[row + r]);
  }
  for (size_t g = 0; g < map.groups; ++g) {
    const auto* HWY_RESTRICT codes =
        reinterpret_cast<const int32_t*>(in.codes) + g * kTileColumns + column;
    CodeVector x[kVectors];
    for (size_t v = 0; v < kVectors; ++v) x[v] = hn::Load(d, codes + v * n);
    for (size_t r = 0; r < kSumRows; ++r) {
      const QueryGroup weight = load_group(weights + (g * kPackRows + r) * 4);
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = add_products(x[v], weight, sums[r][v]);
    }
  }
  FloatVector scales[kVectors];
  for (size_t v = 0; v < kVectors; ++v) scales[v] = hn::Load(df, in.scales + column + v * n);
  for (size_t r = 0; r < kSumRows; ++r) {
    const auto scale = hn::Set(df, map.scales[row + r]), bias = hn::Set(df, map.bias[row + r]);
    for (size_t v = 0; v < kVectors; ++v) {
      const auto product = hn::ConvertTo(df, total(sums[r][v], map.starts[row + r]));
      finish(row + r, column + v * n, hn::MulAdd(product, hn::Mul(scale, scales[v]), bias));
    }
  }
}

// Not inlined: each is hundreds of instructions, and asked from many places.
template <size_t kVectors, class Finish>
HWY_NOINLINE void multiply_vectors(const PackedMatrix& map, const float* in, const CodeRows& codes,
                                   size_t column, Finish finish) {
  for (size_t row = 0; row < map.floats.rows; row += kSumRows) {
    float_sums<kVectors>(map.floats, row, in, column, finish);
  }
  for (size_t row = 0; row < map.codes.rows; row += kSumRows) {
    code_sums<kVectors>(map.codes, row, codes, column, finish);
  }
}

// All outputs of `map` for the first `columns` candidates, whole vectors. One of `in` and `codes`
// is read.
template <class Finish>
HWY_INLINE void multiply(const PackedMatrix& map, const float* in, const CodeRows& codes,
                         size_t columns, const Finish& finish) {
  const size_t n = hn::Lanes(FloatTag());
  for (size_t column = 0; column < columns; column += kSumVectors * n) {
    const size_t vectors = (columns - column) / n;
    if (vectors >= 3) {
      multiply_vectors<3>(map, in, codes, column, finish);
    } else if (vectors == 2) {
      multiply_vectors<2>(map, in, codes, column, finish);
    } else {
      multiply_vectors<1>(map, in, codes, column, finish);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
