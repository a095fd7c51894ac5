// Sums of products of unsigned with signed bytes in 32 bits, exact on every target: four
// multiply-adds a lane where the CPU has VNNI. Included once a target, by the kernels over codes.

// As Highway's own -inl.h files: the guard is turned at each target.
#if defined(KASKAD_KERNELS_CODE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef KASKAD_KERNELS_CODE_PRODUCTS_INL_H_
#undef KASKAD_KERNELS_CODE_PRODUCTS_INL_H_
#else
#define KASKAD_KERNELS_CODE_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>

// Highway asks the CPU for AVX-512 VNNI before it chooses AVX3_DL, but 1.0 does not tell the
// compiler.
#undef KASKAD_BEFORE_CODES
#if HWY_TARGET == HWY_AVX3_DL
#define KASKAD_BEFORE_CODES HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni")
#else
#define KASKAD_BEFORE_CODES HWY_BEFORE_NAMESPACE();
#endif

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using CodeTag = hn::CappedTag<int32_t, 16>;
using CodeVector = hn::Vec<CodeTag>;

// Each target's way to sum[l] + sum over c of items[4 l + c] * query[c], with unsigned items and a
// signed group of four coordinates of the query, the same in every lane. A sum begins at `start`,
// which total() is told again.
#if HWY_TARGET == HWY_AVX3_DL  // VNNI, which Highway 1.0 has no name for

// The type that the instruction is declared with: GCC 12 keeps sums of any other in memory, though
// the registers are the same.
using CodeSums = int32_t __attribute__((vector_size(64)));
using QueryGroup = CodeVector;

HWY_INLINE QueryGroup load_group(const int8_t* group) {
  int32_t all;
  std::memcpy(&all, group, sizeof(all));
  return hn::Set(CodeTag(), all);
}

HWY_INLINE CodeSums add_products(CodeVector items, QueryGroup query, CodeSums sums) {
  return (CodeSums)_mm512_dpbusd_epi32((__m512i)sums, items.raw, query.raw);
}

HWY_INLINE CodeSums sums_from(int32_t start) { return (CodeSums)_mm512_set1_epi32(start); }
HWY_INLINE CodeVector total(CodeSums sums, int32_t /*start*/) { return CodeVector{(__m512i)sums}; }

#elif HWY_TARGET == HWY_SCALAR

using CodeSums = CodeVector;
using QueryGroup = const int8_t*;

HWY_INLINE QueryGroup load_group(const int8_t* group) { return group; }

HWY_INLINE CodeSums add_products(CodeVector items, QueryGroup query, CodeSums sums) {
  const auto bytes = static_cast<uint32_t>(items.raw);
  for (int c = 0; c < 4; ++c) sums.raw += static_cast<int32_t>(bytes >> 8 * c & 255) * query[c];
  return sums;
}

HWY_INLINE CodeSums sums_from(int32_t start) { return hn::Set(CodeTag(), start); }
HWY_INLINE CodeVector total(CodeSums sums, int32_t /*start*/) { return sums; }

#else  // pairs of 16-bit products

using PairTag = hn::Repartition<int16_t, CodeTag>;

// Highway adds pairs into two sums and puts them into the order of the items at the end; x86 needs
// the first alone.
struct CodeSums {
  CodeVector sum, rest;
};

struct QueryGroup {
  CodeVector even, odd;  // coordinates 0 and 2, and 1 and 3
};

HWY_INLINE QueryGroup load_group(const int8_t* group) {
  const CodeTag d;
  const auto pair = [](int low, int high) { return (high * (1 << 16)) | (low & 0xffff); };
  return {hn::Set(d, pair(group[0], group[2])), hn::Set(d, pair(group[1], group[3]))};
}

HWY_INLINE CodeSums add_products(CodeVector items, const QueryGroup& query, CodeSums sums) {
  const CodeTag d;
  const PairTag d16;
  const hn::RebindToUnsigned<PairTag> du16;
  const auto bytes = hn::BitCast(du16, items);
  const auto even = hn::BitCast(d16, hn::And(bytes, hn::Set(du16, 0xff)));
  const auto odd = hn::BitCast(d16, hn::ShiftRight<8>(bytes));
  const auto even_query = hn::BitCast(d16, query.even), odd_query = hn::BitCast(d16, query.odd);
  sums.sum = hn::ReorderWidenMulAccumulate(d, even, even_query, sums.sum, sums.rest);
  sums.sum = hn::ReorderWidenMulAccumulate(d, odd, odd_query, sums.sum, sums.rest);
  return sums;
}

HWY_INLINE CodeSums sums_from(int32_t /*start*/) {
  return {hn::Zero(CodeTag()), hn::Zero(CodeTag())};
}
HWY_INLINE CodeVector total(const CodeSums& sums, int32_t start) {
  return hn::Add(hn::RearrangeToOddPlusEven(sums.sum, sums.rest), hn::Set(CodeTag(), start));
}

#endif

// The same of items that are 128 + a code in [-127, 127], with a group in [-127, 127]; a sum of
// products of the codes themselves needs centred_offset() of the query taken off.
#if HWY_TARGET == HWY_AVX2  // 32 products an instruction, which Highway 1.0 has no name for

struct CentredGroup {
  CodeVector codes, sizes;  // sizes: |codes|
};

HWY_INLINE CentredGroup load_centred_group(const int8_t* group) {
  int32_t all;
  std::memcpy(&all, group, sizeof(all));
  const auto codes = hn::Set(CodeTag(), all);
  return {codes, CodeVector{_mm256_abs_epi8(codes.raw)}};
}

// |q| times the code with the sign of q: at most 2 x 127 x 127 in 16 bits, which does not saturate.
HWY_INLINE CodeSums add_centred_products(CodeVector items, const CentredGroup& query,
                                         CodeSums sums) {
  const auto codes = _mm256_xor_si256(items.raw, _mm256_set1_epi8(-128));
  const auto pairs =
      _mm256_maddubs_epi16(query.sizes.raw, _mm256_sign_epi8(codes, query.codes.raw));
  const auto products = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  sums.sum = hn::Add(sums.sum, CodeVector{products});
  return sums;
}

HWY_INLINE int32_t centred_offset(const int8_t* /*query*/, size_t /*bytes*/) { return 0; }

#else

using CentredGroup = QueryGroup;

HWY_INLINE CentredGroup load_centred_group(const int8_t* group) { return load_group(group); }

HWY_INLINE CodeSums add_centred_products(CodeVector items, const CentredGroup& query,
                                         CodeSums sums) {
  return add_products(items, query, sums);
}

HWY_INLINE int32_t centred_offset(const int8_t* query, size_t bytes) {
  int32_t sum = 0;
  for (size_t i = 0; i < bytes; ++i) sum += query[i];
  return 128 * sum;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
