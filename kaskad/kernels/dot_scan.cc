#include "kaskad/kernels/dot_scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/dot_scan.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ScanTag = hn::CappedTag<float, 16>;
using ScanVector = hn::Vec<ScanTag>;

// Sums held in registers: queries x kVectorsOf, of 32 registers with AVX-512 and of 16 before it.
// 8 sums hide the latency of two multiply-add units; 16 ask 8 loads for 16 multiply-adds. One query
// waits for memory, which gives most where a block is read from end to end: all of its lanes at
// once.
template <size_t kQueries>
inline constexpr size_t kVectorsOf =
    HWY_TARGET <= HWY_AVX3 ? 4 : std::max<size_t>(2, 8 / kQueries / kQueries);

// Bit l: whether lane l of `sum` beats the threshold. Read in the width it was written in: a wider
// load would wait for the store to reach the cache.
HWY_INLINE uint64_t beats(ScanVector sum, ScanVector threshold) {
  const ScanTag d;
  alignas(8) uint8_t bits[8];
  hn::StoreMaskBits(d, hn::Gt(sum, threshold), bits);
  if (hn::Lanes(d) <= 8) return bits[0] & ((1u << hn::Lanes(d)) - 1);
  uint16_t mask;
  std::memcpy(&mask, bits, sizeof(mask));
  return mask;
}

// kQueries queries with kVectorsOf neighbouring vectors of the block, the first at item `offset`.
template <size_t kQueries>
HWY_INLINE void scan_vectors(const float* HWY_RESTRICT block, size_t dimension,
                             const float* HWY_RESTRICT queries, const float* thresholds,
                             size_t offset, BlockScores& out) {
  constexpr size_t kVectors = kVectorsOf<kQueries>;
  const ScanTag d;
  const size_t n = hn::Lanes(d);
  ScanVector sums[kQueries][kVectors];
  for (auto& row : sums) std::fill_n(row, kVectors, hn::Zero(d));
  for (size_t i = 0; i < dimension; ++i) {
    const float* row = block + i * kScanBlock + offset;
    ScanVector x[kVectors];
    for (size_t v = 0; v < kVectors; ++v) x[v] = hn::Load(d, row + v * n);
    for (size_t q = 0; q < kQueries; ++q) {
      const auto w = hn::Set(d, queries[q * dimension + i]);
      for (size_t v = 0; v < kVectors; ++v) sums[q][v] = hn::MulAdd(w, x[v], sums[q][v]);
    }
  }
  for (size_t q = 0; q < kQueries; ++q) {
    const auto threshold = hn::Set(d, thresholds[q]);
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t first = offset + v * n;
      hn::Store(sums[q][v], d, out.scores + q * kScanBlock + first);
      out.above[q] |= beats(sums[q][v], threshold) << first;
    }
  }
}

template <size_t kQueries>
void scan_queries(const float* block, size_t dimension, const float* queries,
                  const float* thresholds, BlockScores& out) {
  std::fill_n(out.above, kQueries, 0);
  const size_t step = kVectorsOf<kQueries> * hn::Lanes(ScanTag());
  for (size_t offset = 0; offset < kScanBlock; offset += step) {
    scan_vectors<kQueries>(block, dimension, queries, thresholds, offset, out);
  }
}

void scan_block_simd(const float* block, size_t dimension, const float* queries, size_t num_queries,
                     const float* thresholds, BlockScores& out) {
  switch (num_queries) {
    case 1:
      return scan_queries<1>(block, dimension, queries, thresholds, out);
    case 2:
      return scan_queries<2>(block, dimension, queries, thresholds, out);
    case 3:
      return scan_queries<3>(block, dimension, queries, thresholds, out);
    default:
      return scan_queries<kScanQueries>(block, dimension, queries, thresholds, out);
  }
}

// Rows of whose chains one multiply-add each is on its way at once, and so many more that are asked
// of memory meanwhile.
inline constexpr size_t kChains = 8;

template <size_t kRows>
HWY_INLINE void dot_chains(const float* const* rows, size_t dimension,
                           const float* HWY_RESTRICT query, float* HWY_RESTRICT scores) {
  const hn::CappedTag<float, 1> d;  // the arithmetic of the target, without its lanes
  hn::Vec<decltype(d)> sums[kRows];
  std::fill_n(sums, kRows, hn::Zero(d));
  for (size_t i = 0; i < dimension; ++i) {
    const auto w = hn::LoadU(d, query + i);
    for (size_t r = 0; r < kRows; ++r) sums[r] = hn::MulAdd(w, hn::LoadU(d, rows[r] + i), sums[r]);
  }
  for (size_t r = 0; r < kRows; ++r) hn::StoreU(sums[r], d, scores + r);
}

void dot_rows_simd(const float* rows, size_t dimension, const uint32_t* items, size_t count,
                   const float* query, float* scores) {
  const auto row_of = [&](size_t i) { return rows + size_t{items[i]} * dimension; };
  constexpr size_t kLine = 64 / sizeof(float);
  size_t first = 0;
  for (; first + kChains <= count; first += kChains) {
    const float* chains[kChains];
    for (size_t r = 0; r < kChains; ++r) {
      chains[r] = row_of(first + r);
      if (first + 2 * kChains + r >= count) continue;
      const float* later = row_of(first + 2 * kChains + r);
      for (size_t i = 0; i < dimension; i += kLine) hwy::Prefetch(later + i);
    }
    dot_chains<kChains>(chains, dimension, query, scores + first);
  }
  for (; first < count; ++first) {
    const float* row = row_of(first);
    dot_chains<1>(&row, dimension, query, scores + first);
  }
}

float dot_simd(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, size_t dimension) {
  const ScanTag d;
  const size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 4 * n <= dimension; i += 4 * n) {
    s0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), s0);
    s1 = hn::MulAdd(hn::LoadU(d, a + i + n), hn::LoadU(d, b + i + n), s1);
    s2 = hn::MulAdd(hn::LoadU(d, a + i + 2 * n), hn::LoadU(d, b + i + 2 * n), s2);
    s3 = hn::MulAdd(hn::LoadU(d, a + i + 3 * n), hn::LoadU(d, b + i + 3 * n), s3);
  }
  for (; i + n <= dimension; i += n) {
    s0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), s0);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < dimension; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(scan_block_simd);
HWY_EXPORT(dot_rows_simd);
HWY_EXPORT(dot_simd);

void pack_blocks(const float* rows, size_t count, size_t dimension, float* blocks) {
  for (size_t first = 0; first < count; first += kScanBlock, blocks += kScanBlock * dimension) {
    const size_t items = std::min(kScanBlock, count - first);
    for (size_t i = 0; i < dimension; ++i) {
      float* out = blocks + i * kScanBlock;
      for (size_t j = 0; j < items; ++j) out[j] = rows[(first + j) * dimension + i];
      std::fill(out + items, out + kScanBlock, 0.0f);
    }
  }
}

void scan_block(const float* block, size_t dimension, const float* queries, size_t num_queries,
                const float* thresholds, BlockScores& out) {
  HWY_DYNAMIC_DISPATCH(scan_block_simd)(block, dimension, queries, num_queries, thresholds, out);
}

void scan_block_reference(const float* block, size_t dimension, const float* queries,
                          size_t num_queries, const float* thresholds, BlockScores& out) {
  for (size_t q = 0; q < num_queries; ++q) {
    out.above[q] = 0;
    for (size_t j = 0; j < kScanBlock; ++j) {
      float sum = 0;
      for (size_t i = 0; i < dimension; ++i) {
        sum = std::fma(queries[q * dimension + i], block[i * kScanBlock + j], sum);
      }
      out.scores[q * kScanBlock + j] = sum;
      out.above[q] |= uint64_t{sum > thresholds[q]} << j;
    }
  }
}

void dot_rows(const float* rows, size_t dimension, const uint32_t* items, size_t count,
              const float* query, float* scores) {
  HWY_DYNAMIC_DISPATCH(dot_rows_simd)(rows, dimension, items, count, query, scores);
}

void dot_rows_reference(const float* rows, size_t dimension, const uint32_t* items, size_t count,
                        const float* query, float* scores) {
  for (size_t i = 0; i < count; ++i) {
    scores[i] = dot_reference(query, rows + size_t{items[i]} * dimension, dimension);
  }
}

float dot(const float* a, const float* b, size_t dimension) {
  return HWY_DYNAMIC_DISPATCH(dot_simd)(a, b, dimension);
}

float dot_reference(const float* a, const float* b, size_t dimension) {
  float sum = 0;
  for (size_t i = 0; i < dimension; ++i) sum = std::fma(a[i], b[i], sum);
  return sum;
}

DotFunction dot_function() {
  dot(nullptr, nullptr, 0);  // chooses the target, which the pointer below needs
  return HWY_DYNAMIC_DISPATCH(dot_simd);
}

}  // namespace kaskad
#endif  // HWY_ONCE
