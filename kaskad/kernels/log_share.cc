#include "kaskad/kernels/log_share.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/log_share.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void add_log_share_simd(const float* scores, size_t count, float scale, float weight, float* sums) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto share = hn::Mul(hn::Max(hn::LoadU(d, scores + j), hn::Zero(d)), hn::Set(d, scale));
    const auto evidence = hn::Log1p(d, share);
    hn::StoreU(hn::MulAdd(hn::Set(d, weight), evidence, hn::LoadU(d, sums + j)), d, sums + j);
  }
  for (; j < count; ++j) sums[j] += weight * std::log1p(std::max(0.0f, scores[j]) * scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(add_log_share_simd);

void add_log_share(const float* scores, size_t count, float scale, float weight, float* sums) {
  HWY_DYNAMIC_DISPATCH(add_log_share_simd)(scores, count, scale, weight, sums);
}

void add_log_share_reference(const float* scores, size_t count, float scale, float weight,
                             float* sums) {
  for (size_t j = 0; j < count; ++j) {
    sums[j] += weight * std::log1p(std::max(0.0f, scores[j]) * scale);
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
