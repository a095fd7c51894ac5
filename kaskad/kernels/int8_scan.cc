#include "kaskad/kernels/int8_scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/int8_scan.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kaskad/kernels/code_products-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ScoreTag = hn::Rebind<float, CodeTag>;

// Vectors of items whose sums are in registers at once: of one query the whole block with AVX2 and
// AVX-512, so that the query is spread over the lanes once a block.
template <size_t kQueries>
inline constexpr size_t kCodeVectors = HWY_TARGET <= HWY_AVX3 ? 4
                                       : kQueries == 1        ? 8
                                       : kQueries == 2        ? 4
                                                              : 2;

// kQueries queries with kCodeVectors neighbouring vectors of items, the first at item `first`.
template <size_t kQueries>
HWY_INLINE void scan_code_vectors(const uint8_t* HWY_RESTRICT codes,
                                  const float* HWY_RESTRICT scales, size_t bytes,
                                  const int8_t* HWY_RESTRICT queries, const int32_t* offsets,
                                  const float* thresholds, size_t first, BlockScores& out) {
  constexpr size_t kVectors = kCodeVectors<kQueries>;
  const CodeTag d;
  const ScoreTag df;
  const size_t n = hn::Lanes(d);
  CodeSums sums[kQueries][kVectors];
  for (auto& row : sums) std::fill_n(row, kVectors, sums_from(0));
  for (size_t i = 0; i < bytes; i += 4) {
    const auto* row = reinterpret_cast<const int32_t*>(codes + i * kScanBlock) + first;
    CentredGroup groups[kQueries];
    for (size_t q = 0; q < kQueries; ++q) groups[q] = load_centred_group(queries + q * bytes + i);
    for (size_t v = 0; v < kVectors; ++v) {
      const auto x = hn::Load(d, row + v * n);
      for (size_t q = 0; q < kQueries; ++q) {
        sums[q][v] = add_centred_products(x, groups[q], sums[q][v]);
      }
    }
  }
  for (size_t q = 0; q < kQueries; ++q) {
    const auto offset = hn::Set(d, offsets[q]);
    const auto threshold = hn::Set(df, thresholds[q]);
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t item = first + v * n;
      const auto product = hn::ConvertTo(df, hn::Sub(total(sums[q][v], 0), offset));
      const auto score = hn::Mul(product, hn::Load(df, scales + item));
      hn::Store(score, df, out.scores + q * kScanBlock + item);
      uint8_t bits[8] = {};
      hn::StoreMaskBits(df, hn::Gt(score, threshold), bits);
      uint64_t mask;
      std::memcpy(&mask, bits, sizeof(mask));
      out.above[q] |= mask << item;
    }
  }
}

template <size_t kQueries>
void scan_code_queries(const uint8_t* codes, const float* scales, size_t bytes,
                       const int8_t* queries, const float* thresholds, BlockScores& out) {
  int32_t offsets[kQueries];
  for (size_t q = 0; q < kQueries; ++q) offsets[q] = centred_offset(queries + q * bytes, bytes);
  std::fill_n(out.above, kQueries, 0);
  const size_t step = kCodeVectors<kQueries> * hn::Lanes(CodeTag());
  for (size_t first = 0; first < kScanBlock; first += step) {
    scan_code_vectors<kQueries>(codes, scales, bytes, queries, offsets, thresholds, first, out);
  }
}

void scan_codes_simd(const uint8_t* codes, const float* scales, size_t bytes, const int8_t* queries,
                     size_t num_queries, const float* thresholds, BlockScores& out) {
  switch (num_queries) {
    case 1:
      return scan_code_queries<1>(codes, scales, bytes, queries, thresholds, out);
    case 2:
      return scan_code_queries<2>(codes, scales, bytes, queries, thresholds, out);
    case 3:
      return scan_code_queries<3>(codes, scales, bytes, queries, thresholds, out);
    default:
      return scan_code_queries<kScanQueries>(codes, scales, bytes, queries, thresholds, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(scan_codes_simd);

float quantise(std::span<const float> row, int8_t* codes) {
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  std::fill_n(codes, code_bytes(row.size()), int8_t{0});
  if (largest == 0) return 0;
  // Divided before it is scaled: 127 / largest overflows where largest is tiny.
  for (size_t i = 0; i < row.size(); ++i) {
    codes[i] = static_cast<int8_t>(std::lrint(row[i] / largest * 127));
  }
  return largest / 127;
}

void pack_codes(const float* rows, size_t count, size_t dimension, uint8_t* codes, float* scales) {
  const size_t bytes = code_bytes(dimension);
  std::vector<int8_t> row(bytes);
  const size_t padded = (count + kScanBlock - 1) / kScanBlock * kScanBlock;
  for (size_t item = 0; item < padded; ++item) {
    std::fill(row.begin(), row.end(), int8_t{0});
    scales[item] = item < count ? quantise({rows + item * dimension, dimension}, row.data()) : 0;
    uint8_t* block = codes + item / kScanBlock * kScanBlock * bytes;
    for (size_t i = 0; i < bytes; ++i) {
      block[i / 4 * 4 * kScanBlock + item % kScanBlock * 4 + i % 4] =
          static_cast<uint8_t>(128 + row[i]);
    }
  }
}

void scan_codes(const uint8_t* codes, const float* scales, size_t dimension, const int8_t* queries,
                size_t num_queries, const float* thresholds, BlockScores& out) {
  HWY_DYNAMIC_DISPATCH(scan_codes_simd)
  (codes, scales, code_bytes(dimension), queries, num_queries, thresholds, out);
}

void scan_codes_reference(const uint8_t* codes, const float* scales, size_t dimension,
                          const int8_t* queries, size_t num_queries, const float* thresholds,
                          BlockScores& out) {
  const size_t bytes = code_bytes(dimension);
  for (size_t q = 0; q < num_queries; ++q) {
    out.above[q] = 0;
    for (size_t j = 0; j < kScanBlock; ++j) {
      int32_t sum = 0;
      for (size_t i = 0; i < bytes; ++i) {
        const int code = codes[i / 4 * 4 * kScanBlock + j * 4 + i % 4] - 128;
        sum += code * queries[q * bytes + i];
      }
      const float score = static_cast<float>(sum) * scales[j];
      out.scores[q * kScanBlock + j] = score;
      out.above[q] |= uint64_t{score > thresholds[q]} << j;
    }
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
