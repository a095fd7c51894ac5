#include "kaskad/kernels/bound_scan.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/bound_scan.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using BoundTag = hn::CappedTag<int32_t, 16>;  // a pair of coordinates a lane
using BoundVector = hn::Vec<BoundTag>;

// Two products and their sum with `sum` in each lane.
#if HWY_TARGET == HWY_SCALAR

HWY_INLINE BoundVector add_pairs(BoundVector items, BoundVector query, BoundVector sum) {
  const auto half = [](BoundVector pair, int c) {
    return int32_t{static_cast<int16_t>(static_cast<uint32_t>(pair.raw) >> 16 * c)};
  };
  sum.raw += half(items, 0) * half(query, 0) + half(items, 1) * half(query, 1);
  return sum;
}

#else

// Highway's sums of pairs may lie in two vectors, in an order of their own; on x86 the second
// stays zero and the compiler drops it.
HWY_INLINE BoundVector add_pairs(BoundVector items, BoundVector query, BoundVector sum) {
  const BoundTag d;
  const hn::Repartition<int16_t, BoundTag> d16;
  auto rest = hn::Zero(d);
  const auto pairs = hn::ReorderWidenMulAccumulate(d, hn::BitCast(d16, items),
                                                   hn::BitCast(d16, query), hn::Zero(d), rest);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(pairs, rest));
}

#endif

// All items of the block for one query.
HWY_INLINE uint64_t scan_one(const int16_t* HWY_RESTRICT codes, size_t places,
                             const int16_t* HWY_RESTRICT query, float threshold,
                             float* HWY_RESTRICT scores) {
  const BoundTag d;
  const hn::Rebind<float, BoundTag> df;
  const size_t n = hn::Lanes(d);
  constexpr size_t kVectors = 4;  // sums in registers
  uint64_t above = 0;
  for (size_t first = 0; first < kScanBlock; first += kVectors * n) {
    BoundVector sums[kVectors];
    std::fill_n(sums, kVectors, hn::Zero(d));
    for (size_t g = 0; g < places / 2; ++g) {
      int32_t pair;
      std::memcpy(&pair, query + 2 * g, sizeof(pair));
      const auto w = hn::Set(d, pair);
      const auto* row = reinterpret_cast<const int32_t*>(codes) + g * kScanBlock + first;
      for (size_t v = 0; v < kVectors; ++v) {
        sums[v] = add_pairs(hn::Load(d, row + v * n), w, sums[v]);
      }
    }
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t item = first + v * n;
      const auto score = hn::ConvertTo(df, sums[v]);
      hn::Store(score, df, scores + item);
      uint8_t bits[8] = {};
      hn::StoreMaskBits(df, hn::Gt(score, hn::Set(df, threshold)), bits);
      uint64_t mask;
      std::memcpy(&mask, bits, sizeof(mask));
      above |= mask << item;
    }
  }
  return above;
}

void scan_bounds_simd(const int16_t* codes, size_t places, const int16_t* queries,
                      size_t num_queries, const float* thresholds, BlockScores& out) {
  for (size_t q = 0; q < num_queries; ++q) {
    out.above[q] =
        scan_one(codes, places, queries + q * places, thresholds[q], out.scores + q * kScanBlock);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(scan_bounds_simd);

void pack_bounds(const int16_t* rows, size_t count, size_t places, int16_t* codes) {
  const size_t padded = (count + kScanBlock - 1) / kScanBlock * kScanBlock;
  for (size_t item = 0; item < padded; ++item) {
    int16_t* block = codes + item / kScanBlock * kScanBlock * places;
    for (size_t i = 0; i < places; ++i) {
      block[i / 2 * 2 * kScanBlock + item % kScanBlock * 2 + i % 2] =
          item < count ? rows[item * places + i] : int16_t{0};
    }
  }
}

void scan_bounds(const int16_t* codes, size_t places, const int16_t* queries, size_t num_queries,
                 const float* thresholds, BlockScores& out) {
  HWY_DYNAMIC_DISPATCH(scan_bounds_simd)(codes, places, queries, num_queries, thresholds, out);
}

void scan_bounds_reference(const int16_t* codes, size_t places, const int16_t* queries,
                           size_t num_queries, const float* thresholds, BlockScores& out) {
  for (size_t q = 0; q < num_queries; ++q) {
    out.above[q] = 0;
    for (size_t j = 0; j < kScanBlock; ++j) {
      int32_t sum = 0;
      for (size_t i = 0; i < places; ++i) {
        sum += codes[i / 2 * 2 * kScanBlock + j * 2 + i % 2] * queries[q * places + i];
      }
      const auto score = static_cast<float>(sum);
      out.scores[q * kScanBlock + j] = score;
      out.above[q] |= uint64_t{score > thresholds[q]} << j;
    }
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
