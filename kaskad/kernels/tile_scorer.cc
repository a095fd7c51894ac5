#include "kaskad/kernels/tile_scorer.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/tile_scorer.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using TileTag = hn::CappedTag<float, 16>;

// The fold of one history item into an accumulator; the same order of the same operations for
// every lane, so that equal inputs give equal floats wherever they are computed.
template <CombineOp kOp, class V>
HWY_INLINE V fold(V weight, V value, V sum) {
  const TileTag d;
  if constexpr (kOp == CombineOp::kSum) return hn::MulAdd(weight, value, sum);
  if constexpr (kOp == CombineOp::kMax) return hn::Max(hn::Mul(weight, value), sum);
  if constexpr (kOp == CombineOp::kLogProduct) {
    return hn::Add(hn::Log1p(d, hn::Mul(weight, value)), sum);
  }
}

// kVectors neighbouring vectors of the tile for kHalf lanes, all accumulators in registers.
template <CombineOp kOp, size_t kHalf>
HWY_INLINE void score_vectors(const float* HWY_RESTRICT slab, const uint32_t* HWY_RESTRICT items,
                              const float* HWY_RESTRICT weights, size_t count,
                              float* HWY_RESTRICT scores, size_t offset) {
  const TileTag d;
  const size_t n = hn::Lanes(d);
  auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (size_t k = 0; k < count; ++k) {
    const float* row = slab + items[k] * kTile + offset;
    const float* w = weights + k * kHistoryLanes + kHalf * 4;
    const auto x = hn::Load(d, row), y = hn::Load(d, row + n);
    const auto w0 = hn::Set(d, w[0]), w1 = hn::Set(d, w[1]);
    const auto w2 = hn::Set(d, w[2]), w3 = hn::Set(d, w[3]);
    a0 = fold<kOp>(w0, x, a0), b0 = fold<kOp>(w0, y, b0);
    a1 = fold<kOp>(w1, x, a1), b1 = fold<kOp>(w1, y, b1);
    a2 = fold<kOp>(w2, x, a2), b2 = fold<kOp>(w2, y, b2);
    a3 = fold<kOp>(w3, x, a3), b3 = fold<kOp>(w3, y, b3);
  }
  float* out = scores + kHalf * 4 * kTile + offset;
  hn::Store(a0, d, out), hn::Store(b0, d, out + n), out += kTile;
  hn::Store(a1, d, out), hn::Store(b1, d, out + n), out += kTile;
  hn::Store(a2, d, out), hn::Store(b2, d, out + n), out += kTile;
  hn::Store(a3, d, out), hn::Store(b3, d, out + n);
}

template <CombineOp kOp>
void score(const float* slab, const uint32_t* items, const float* weights, size_t count,
           float* scores) {
  const TileTag d;
  for (size_t offset = 0; offset < kTile; offset += 2 * hn::Lanes(d)) {
    score_vectors<kOp, 0>(slab, items, weights, count, scores, offset);
    score_vectors<kOp, 1>(slab, items, weights, count, scores, offset);
  }
}

void score_tile_simd(CombineOp op, const float* slab, const uint32_t* items, const float* weights,
                     size_t count, float* scores) {
  switch (op) {
    case CombineOp::kSum:
      return score<CombineOp::kSum>(slab, items, weights, count, scores);
    case CombineOp::kMax:
      return score<CombineOp::kMax>(slab, items, weights, count, scores);
    case CombineOp::kLogProduct:
      return score<CombineOp::kLogProduct>(slab, items, weights, count, scores);
  }
}

void count_ranks_simd(const float* scores, uint32_t masked, const float* target, uint32_t* above,
                      uint32_t* equal) {
  const TileTag d;
  const uint32_t open = ~masked;
  for (size_t h = 0; h < kHistoryLanes; ++h) {
    const auto t = hn::Set(d, target[h]);
    size_t more = 0, same = 0;
    for (size_t v = 0; v < kTile; v += hn::Lanes(d)) {
      const uint32_t part = open >> v;
      alignas(8) uint8_t bits[8] = {static_cast<uint8_t>(part), static_cast<uint8_t>(part >> 8)};
      const auto mask = hn::LoadMaskBits(d, bits);
      const auto s = hn::Load(d, scores + h * kTile + v);
      more += hn::CountTrue(d, hn::And(mask, hn::Gt(s, t)));
      same += hn::CountTrue(d, hn::And(mask, hn::Eq(s, t)));
    }
    above[h] += static_cast<uint32_t>(more);
    equal[h] += static_cast<uint32_t>(same);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(score_tile_simd);
HWY_EXPORT(count_ranks_simd);

void score_tile(CombineOp op, const float* slab, const uint32_t* items, const float* weights,
                size_t count, float* scores) {
  HWY_DYNAMIC_DISPATCH(score_tile_simd)(op, slab, items, weights, count, scores);
}

void count_ranks(const float* scores, uint32_t masked, const float* target, uint32_t* above,
                 uint32_t* equal) {
  HWY_DYNAMIC_DISPATCH(count_ranks_simd)(scores, masked, target, above, equal);
}

void score_tile_reference(CombineOp op, const float* slab, const uint32_t* items,
                          const float* weights, size_t count, float* scores) {
  for (size_t h = 0; h < kHistoryLanes; ++h) {
    for (size_t j = 0; j < kTile; ++j) {
      float sum = 0;
      for (size_t k = 0; k < count; ++k) {
        const float weight = weights[k * kHistoryLanes + h];
        const float value = slab[items[k] * kTile + j];
        if (op == CombineOp::kSum) sum = std::fma(weight, value, sum);
        if (op == CombineOp::kMax) sum = std::max(weight * value, sum);
        if (op == CombineOp::kLogProduct) sum += std::log1p(weight * value);
      }
      scores[h * kTile + j] = sum;
    }
  }
}

void count_ranks_reference(const float* scores, uint32_t masked, const float* target,
                           uint32_t* above, uint32_t* equal) {
  for (size_t h = 0; h < kHistoryLanes; ++h) {
    for (size_t j = 0; j < kTile; ++j) {
      if (masked >> j & 1) continue;
      above[h] += scores[h * kTile + j] > target[h];
      equal[h] += scores[h * kTile + j] == target[h];
    }
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
