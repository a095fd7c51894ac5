#include "kaskad/kernels/lane_row.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/lane_row.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
void take_lanes_simd(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                     float* const* out, double* sums) {
  take_lanes_reference(accumulators, columns, count, lanes, out, sums);
}
#else

// Columns and lanes are turned in squares of four: all other targets have vectors of that length.
constexpr size_t kSide = 4;

using Square = hn::FixedTag<float, kSide>;

// Lanes [first, first + kSide) of the columns in `from`, written to `out` at `c`.
HWY_INLINE void turn_square(float* const* from, size_t first, size_t lanes, float* const* out,
                            size_t c) {
  const Square d;
  const hn::Repartition<double, Square> pairs;
  const auto column_0 = hn::Load(d, from[0] + first), column_1 = hn::Load(d, from[1] + first);
  const auto column_2 = hn::Load(d, from[2] + first), column_3 = hn::Load(d, from[3] + first);
  // (l0: c0 c1, l1: c0 c1), ... and then pairs of the same lane side by side.
  const auto low_01 = hn::BitCast(pairs, hn::InterleaveLower(d, column_0, column_1));
  const auto low_23 = hn::BitCast(pairs, hn::InterleaveLower(d, column_2, column_3));
  const auto high_01 = hn::BitCast(pairs, hn::InterleaveUpper(d, column_0, column_1));
  const auto high_23 = hn::BitCast(pairs, hn::InterleaveUpper(d, column_2, column_3));
  const auto store = [&](size_t lane, auto values) HWY_ATTR {
    if (lane < lanes) hn::StoreU(hn::BitCast(d, values), d, out[lane] + c);
  };
  store(first + 0, hn::InterleaveLower(pairs, low_01, low_23));
  store(first + 1, hn::InterleaveUpper(pairs, low_01, low_23));
  store(first + 2, hn::InterleaveLower(pairs, high_01, high_23));
  store(first + 3, hn::InterleaveUpper(pairs, high_01, high_23));
}

void take_lanes_simd(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                     float* const* out, double* sums) {
  const hn::CappedTag<float, kLanes> line;
  size_t c = 0;
  for (; c + kSide <= count; c += kSide) {
    float* from[kSide];
    for (size_t i = 0; i < kSide; ++i) from[i] = accumulators + columns[c + i] * kLanes;
    for (size_t first = 0; first < lanes; first += kSide) {
      turn_square(from, first, lanes, out, c);
    }
    for (float* column : from) {
      for (size_t l = 0; l < kLanes; ++l) sums[l] += column[l];
      for (size_t v = 0; v < kLanes; v += hn::Lanes(line)) {
        hn::Store(hn::Zero(line), line, column + v);
      }
    }
  }
  float* rest[kLanes];
  for (size_t l = 0; l < lanes; ++l) rest[l] = out[l] + c;
  take_lanes_reference(accumulators, columns + c, count - c, lanes, rest, sums);
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(take_lanes_simd);

void take_lanes(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                float* const* out, double* sums) {
  HWY_DYNAMIC_DISPATCH(take_lanes_simd)(accumulators, columns, count, lanes, out, sums);
}

void take_lanes_reference(float* accumulators, const uint32_t* columns, size_t count, size_t lanes,
                          float* const* out, double* sums) {
  for (size_t c = 0; c < count; ++c) {
    float* column = accumulators + columns[c] * kLanes;
    for (size_t l = 0; l < lanes; ++l) {
      out[l][c] = column[l];
      sums[l] += column[l];
    }
    std::fill_n(column, kLanes, 0.0f);
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
