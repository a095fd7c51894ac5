#include "kaskad/kernels/pre_rank.h"

#include <algorithm>

#include "kaskad/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/pre_rank.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using RankTag = hn::CappedTag<float, 16>;
using RankVector = hn::Vec<RankTag>;

// Rows lie all over the catalogue: one is asked for so many candidates before it is read.
inline constexpr size_t kAhead = 8;
inline constexpr size_t kLine = 64 / sizeof(float);
inline constexpr size_t kWidest = 16;  // floats of a vector

HWY_INLINE void ask_for(const float* row, size_t dimension) {
  for (size_t i = 0; i < dimension; i += kLine) hwy::Prefetch(row + i);
}

// f_j(x_j) of the numbers in `x`; those of padding have weight 0.
HWY_INLINE RankVector shaped(RankVector x, const uint32_t* logged) {
  const RankTag d;
  const hn::RebindToSigned<RankTag> di;
  const hn::RebindToUnsigned<RankTag> du;
  const auto bits = hn::Sub(hn::BitCast(di, x), hn::Set(di, 0x3f800000));
  const auto mask = hn::MaskFromVec(hn::BitCast(d, hn::LoadU(du, logged)));
  return hn::IfThenElse(mask, hn::ConvertTo(d, bits), x);
}

// What lies across the lanes is added up once, of both parts of the score. Whole vectors of
// `numbers` are read, which end in those of the next candidate: there the weights are 0.
HWY_INLINE float score_one(const float* HWY_RESTRICT query, const float* HWY_RESTRICT row,
                           size_t dimension, const float* HWY_RESTRICT numbers, size_t width,
                           const float* HWY_RESTRICT weights, const uint32_t* HWY_RESTRICT logged) {
  const RankTag d;
  const size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0;
  size_t i = 0;
  for (; i + 2 * n <= dimension; i += 2 * n) {
    s0 = hn::MulAdd(hn::LoadU(d, query + i), hn::LoadU(d, row + i), s0);
    s1 = hn::MulAdd(hn::LoadU(d, query + i + n), hn::LoadU(d, row + i + n), s1);
  }
  for (; i + n <= dimension; i += n) {
    s0 = hn::MulAdd(hn::LoadU(d, query + i), hn::LoadU(d, row + i), s0);
  }
  for (size_t j = 0; j < width; j += n) {
    const auto x = shaped(hn::LoadU(d, numbers + j), logged + j);
    s1 = hn::MulAdd(hn::LoadU(d, weights + j), x, s1);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, s1)));
  for (; i < dimension; ++i) sum += query[i] * row[i];
  return sum;
}

void pre_rank_simd(const PreRankItems& items, const uint32_t* rows, size_t count,
                   const float* numbers, const float* query, const CrossWeights& cross, float bias,
                   float* scores) {
  const size_t dimension = items.dimension, width = cross.size();
  // The last candidates' numbers once more, with room behind them.
  const size_t read = (width + kWidest - 1) / kWidest * kWidest;
  const size_t last = width > 0 ? std::min(count, (read - width + width - 1) / width) : 0;
  std::vector<float> tail(last > 0 ? last * width + read : 0, 0.0F);
  std::copy_n(numbers + (count - last) * width, last * width, tail.begin());
  for (size_t c = 0; c < count; ++c) {
    const float* of =
        c + last < count ? numbers + c * width : tail.data() + (c + last - count) * width;
    if (c + kAhead < count) ask_for(items.vectors + rows[c + kAhead] * dimension, dimension);
    scores[c] = bias + items.offset(rows[c]) +
                score_one(query, items.vectors + rows[c] * dimension, dimension, of, width,
                          cross.weights(), cross.logged());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {
namespace {

constexpr size_t kPadding = 16;  // floats of the widest vector

}  // namespace

HWY_EXPORT(pre_rank_simd);

CrossWeights::CrossWeights(std::span<const float> weights, std::span<const uint8_t> logged)
    : size_(weights.size()),
      weights_((weights.size() + kPadding - 1) / kPadding * kPadding, 0.0F),
      logged_(weights_.size(), 0) {
  KASKAD_ASSERT(logged.size() == weights.size());
  for (size_t j = 0; j < size_; ++j) {
    weights_[j] = logged[j] ? weights[j] * 0x1p-23F : weights[j];
    logged_[j] = logged[j] ? ~uint32_t{0} : 0;
  }
}

void pre_rank(const PreRankItems& items, std::span<const uint32_t> rows, const float* numbers,
              const float* query, const CrossWeights& cross, float bias, float* scores) {
  HWY_DYNAMIC_DISPATCH(pre_rank_simd)
  (items, rows.data(), rows.size(), numbers, query, cross, bias, scores);
}

void pre_rank_reference(const PreRankItems& items, std::span<const uint32_t> rows,
                        const float* numbers, const float* query, const CrossWeights& cross,
                        float bias, float* scores) {
  for (size_t c = 0; c < rows.size(); ++c) {
    const float* row = items.vectors + rows[c] * items.dimension;
    double score = double{bias} + items.offset(rows[c]);
    for (size_t i = 0; i < items.dimension; ++i) score += double{query[i]} * row[i];
    for (size_t j = 0; j < cross.size(); ++j) {
      const float x = numbers[c * cross.size() + j];
      score += double{cross.weights()[j]} * (cross.logged()[j] ? bits_log2(x) * 0x1p23 : x);
    }
    scores[c] = static_cast<float>(score);
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
