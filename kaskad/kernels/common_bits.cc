#include "kaskad/kernels/common_bits.h"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/common_bits.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using WordTag = hn::CappedTag<uint64_t, 8>;

// Four rows at a time share each load of `row`.
void common_bits_simd(const uint64_t* row, const uint64_t* rows, size_t num_rows, size_t words,
                      uint32_t* counts) {
  const WordTag d;
  const size_t lanes = hn::Lanes(d);
  const auto shared = [&](auto a, const uint64_t* b)
                          HWY_ATTR { return hn::PopulationCount(hn::And(a, hn::Load(d, b))); };
  const auto total = [&](auto sum) HWY_ATTR {
    return static_cast<uint32_t>(hn::GetLane(hn::SumOfLanes(d, sum)));
  };
  size_t c = 0;
  for (; c + 4 <= num_rows; c += 4) {
    const uint64_t* b = rows + c * words;
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (size_t w = 0; w < words; w += lanes) {
      const auto a = hn::Load(d, row + w);
      s0 = hn::Add(s0, shared(a, b + w));
      s1 = hn::Add(s1, shared(a, b + words + w));
      s2 = hn::Add(s2, shared(a, b + 2 * words + w));
      s3 = hn::Add(s3, shared(a, b + 3 * words + w));
    }
    counts[c] = total(s0);
    counts[c + 1] = total(s1);
    counts[c + 2] = total(s2);
    counts[c + 3] = total(s3);
  }
  for (; c < num_rows; ++c) {
    auto sum = hn::Zero(d);
    for (size_t w = 0; w < words; w += lanes) {
      sum = hn::Add(sum, shared(hn::Load(d, row + w), rows + c * words + w));
    }
    counts[c] = total(sum);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(common_bits_simd);

void common_bits(const uint64_t* row, const uint64_t* rows, size_t num_rows, size_t words,
                 uint32_t* counts) {
  HWY_DYNAMIC_DISPATCH(common_bits_simd)(row, rows, num_rows, words, counts);
}

void common_bits_reference(const uint64_t* row, const uint64_t* rows, size_t num_rows, size_t words,
                           uint32_t* counts) {
  for (size_t c = 0; c < num_rows; ++c) {
    counts[c] = 0;
    for (size_t w = 0; w < words; ++w) {
      counts[c] += static_cast<uint32_t>(std::popcount(row[w] & rows[c * words + w]));
    }
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
