#include "kaskad/kernels/top_k.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/top_k.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void offer_all_simd(const float* scores, size_t count, uint32_t first, float floor, TopK& top) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto offer = [&](size_t j) {
    if (scores[j] > floor) top.offer(first + static_cast<uint32_t>(j), scores[j]);
  };
  size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto x = hn::LoadU(d, scores + j);
    const auto good = hn::And(hn::Ge(x, hn::Set(d, top.threshold())), hn::Gt(x, hn::Set(d, floor)));
    if (hn::AllFalse(d, good)) continue;
    for (size_t l = 0; l < lanes; ++l) offer(j + l);
  }
  for (; j < count; ++j) offer(j);
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(offer_all_simd);

void offer_all(const float* scores, size_t count, uint32_t first, float floor, TopK& top) {
  HWY_DYNAMIC_DISPATCH(offer_all_simd)(scores, count, first, floor, top);
}

void TopK::reset(size_t k) {
  k_ = k;
  threshold_ = -std::numeric_limits<float>::infinity();
  buffer_.clear();
}

void TopK::shrink() {
  std::nth_element(buffer_.begin(), buffer_.begin() + (k_ - 1), buffer_.end(),
                   [](const Candidate& a, const Candidate& b) { return better(a, b); });
  buffer_.resize(k_);
  threshold_ = buffer_[k_ - 1].score;  // an equal score with a lower item may still get in
}

const std::vector<Candidate>& TopK::finish() {
  if (buffer_.size() > k_) shrink();
  std::sort(buffer_.begin(), buffer_.end(),
            [](const Candidate& a, const Candidate& b) { return better(a, b); });
  return buffer_;
}

}  // namespace kaskad
#endif  // HWY_ONCE
