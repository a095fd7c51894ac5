#include "kaskad/kernels/top_k.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

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

namespace {

// A candidate as one number, the better the larger: whole numbers order like the floats they are
// made from once the sign is turned round, and below them the lower item is the better.
uint64_t to_key(const Candidate& candidate) {
  const auto bits = std::bit_cast<uint32_t>(candidate.score + 0.0f);  // -0 is 0
  const uint32_t order = bits >> 31 ? ~bits : bits | 0x80000000u;
  return uint64_t{order} << 32 | static_cast<uint32_t>(~candidate.item);
}

Candidate from_key(uint64_t key) {
  const auto order = static_cast<uint32_t>(key >> 32);
  const uint32_t bits = order >> 31 ? order & 0x7fffffffu : ~order;
  return {std::bit_cast<float>(bits), ~static_cast<uint32_t>(key)};
}

// Moves the k largest of `keys` to the front, the k-th itself to place k - 1. std::nth_element
// waits for a branch that nobody can predict at every key; here the comparison moves a counter.
void select_largest(std::span<uint64_t> keys, size_t k) {
  size_t begin = 0, end = keys.size();
  while (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    const uint64_t a = keys[begin], b = keys[middle], c = keys[end - 1];
    const uint64_t pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
    std::swap(keys[pivot == a ? begin : pivot == b ? middle : end - 1], keys[end - 1]);
    size_t larger = begin;
    for (size_t i = begin; i + 1 < end; ++i) {
      const uint64_t key = keys[i];
      keys[i] = keys[larger];
      keys[larger] = key;
      larger += key > pivot;
    }
    std::swap(keys[larger], keys[end - 1]);  // the pivot is at its place, `larger`
    if (larger == k - 1) return;
    (larger < k - 1 ? begin : end) = larger < k - 1 ? larger + 1 : larger;
  }
}

}  // namespace

void TopK::shrink() {
  keys_.resize(buffer_.size());
  std::transform(buffer_.begin(), buffer_.end(), keys_.begin(), to_key);
  select_largest(keys_, k_);
  buffer_.resize(k_);
  std::transform(keys_.begin(), keys_.begin() + static_cast<ptrdiff_t>(k_), buffer_.begin(),
                 from_key);
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
