#include "kaskad/kernels/top_k.h"

#include <hwy/contrib/sort/vqsort.h>

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

namespace {

void sort_falling(std::vector<uint64_t>& keys) {
  static thread_local hwy::Sorter sorter;
  sorter(keys.data(), keys.size(), hwy::SortDescending());
}

}  // namespace

std::vector<uint32_t> falling_order(std::span<const float> scores) {
  std::vector<uint64_t> keys(scores.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = TopK::key({scores[i], static_cast<uint32_t>(i)});
  }
  sort_falling(keys);
  std::vector<uint32_t> order(keys.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = TopK::candidate(keys[i]).item;
  return order;
}

void TopK::reset(size_t k) {
  k_ = k;
  threshold_ = -std::numeric_limits<float>::infinity();
  keys_.clear();
}

void TopK::insert(uint64_t key) {
  if (keys_.size() < k_) {
    keys_.push_back(key);
  } else if (key > keys_.back()) {
    keys_.back() = key;
  } else {
    return;
  }
  size_t at = keys_.size() - 1;
  for (; at > 0 && keys_[at - 1] < key; --at) keys_[at] = keys_[at - 1];
  keys_[at] = key;
  if (keys_.size() == k_) threshold_ = candidate(keys_.back()).score;
}

void TopK::sort_and_cut() {
  sort_falling(keys_);
  if (keys_.size() > k_) keys_.resize(k_);
}

void TopK::shrink() {
  sort_and_cut();
  threshold_ = candidate(keys_.back()).score;  // an equal score with a lower item may still get in
}

const std::vector<Candidate>& TopK::finish() {
  if (k_ > kOrderedK) sort_and_cut();
  best_.clear();
  for (const uint64_t key : keys_) best_.push_back(candidate(key));
  return best_;
}

}  // namespace kaskad
#endif  // HWY_ONCE
