#include "kaskad/kernels/dropout.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/dropout.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// The constants of MurmurHash3's finaliser, and 2^32 over the golden ratio to spread neighbours.
#ifndef KASKAD_DROPOUT_CONSTANTS
#define KASKAD_DROPOUT_CONSTANTS
namespace kaskad {
inline constexpr uint32_t kSpread = 0x9E3779B9;
inline constexpr uint32_t kMix1 = 0x85EBCA6B;
inline constexpr uint32_t kMix2 = 0xC2B2AE35;
}  // namespace kaskad
#endif

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Elements whose index has the same upper half; `index` is the lower half of the first.
void dropout_simd(const DropoutMask& mask, uint32_t upper, uint32_t index, const float* in,
                  float* out, size_t count) {
  const hn::ScalableTag<float> df;
  const hn::RebindToUnsigned<decltype(df)> du;
  const hn::RebindToSigned<decltype(df)> di;  // unsigned vectors have no comparison
  const size_t lanes = hn::Lanes(df);
  const auto mix1 = hn::Set(du, kMix1), mix2 = hn::Set(du, kMix2);
  const auto second_key = hn::Set(du, mask.keys[1] ^ upper);
  const auto threshold = hn::Set(di, mask.threshold);
  const auto scale = hn::Set(df, mask.scale);
  auto counter =
      hn::Add(hn::Mul(hn::Add(hn::Iota(du, 0), hn::Set(du, index)), hn::Set(du, kSpread)),
              hn::Set(du, mask.keys[0]));
  const auto step = hn::Set(du, static_cast<uint32_t>(lanes) * kSpread);
  const auto kept = [&](auto x, auto values) HWY_ATTR {
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), mix1);
    x = hn::Add(x, second_key);
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), mix2);
    x = hn::ShiftRight<1>(hn::Xor(x, hn::ShiftRight<16>(x)));
    const auto dropped = hn::Lt(hn::BitCast(di, x), threshold);
    return hn::IfThenZeroElse(hn::RebindMask(df, dropped), hn::Mul(values, scale));
  };
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(kept(counter, hn::LoadU(df, in + i)), df, out + i);
    counter = hn::Add(counter, step);
  }
  if (i == count) return;
  HWY_ALIGN float end[hn::MaxLanes(df)] = {};
  std::copy(in + i, in + count, end);
  hn::Store(kept(counter, hn::Load(df, end)), df, end);
  std::copy_n(end, count - i, out + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {
namespace {

// SplitMix64: spreads (seed, stream) over 64 bits.
uint64_t spread(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

DropoutMask::DropoutMask(uint64_t seed, uint64_t stream, double probability)
    : threshold(static_cast<int32_t>(std::floor(probability * 2147483648.0))),
      scale(static_cast<float>(1 / (1 - probability))) {
  const uint64_t key = spread(spread(seed) ^ stream);
  keys[0] = static_cast<uint32_t>(key);
  keys[1] = static_cast<uint32_t>(key >> 32);
}

HWY_EXPORT(dropout_simd);

void dropout(const DropoutMask& mask, uint64_t first, const float* in, float* out, size_t count) {
  while (count > 0) {
    const auto lower = static_cast<uint32_t>(first);
    const uint64_t until_carry = (uint64_t{1} << 32) - lower;
    const size_t part = until_carry < count ? static_cast<size_t>(until_carry) : count;
    HWY_DYNAMIC_DISPATCH(dropout_simd)
    (mask, static_cast<uint32_t>(first >> 32), lower, in, out, part);
    first += part;
    in += part;
    out += part;
    count -= part;
  }
}

void dropout_reference(const DropoutMask& mask, uint64_t first, const float* in, float* out,
                       size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint64_t index = first + i;
    uint32_t x = static_cast<uint32_t>(index) * kSpread + mask.keys[0];
    x = (x ^ (x >> 16)) * kMix1;
    x += mask.keys[1] ^ static_cast<uint32_t>(index >> 32);
    x = (x ^ (x >> 13)) * kMix2;
    x ^= x >> 16;
    out[i] = static_cast<int32_t>(x >> 1) < mask.threshold ? 0 : in[i] * mask.scale;
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
