#include "kaskad/kernels/counted_row.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/counted_row.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;

HWY_INLINE Floats load_counts(const float* counts) { return hn::Load(FloatTag(), counts); }
HWY_INLINE Floats load_counts(const uint32_t* counts) {
  const hn::RebindToSigned<FloatTag> d;
  return hn::ConvertTo(FloatTag(), hn::Load(d, reinterpret_cast<const int32_t*>(counts)));
}
template <typename Small>  // uint8_t, uint16_t
HWY_INLINE Floats load_counts(const Small* counts) {
  const hn::RebindToSigned<FloatTag> d;
  const hn::Rebind<Small, FloatTag> small;
  return hn::ConvertTo(FloatTag(), hn::PromoteTo(d, hn::Load(small, counts)));
}

// The smallest count that is above 0 and not below `bound` >= 0, or a smaller one where the type
// ends before it.
template <typename Count>
HWY_INLINE Count smallest_count(float bound) {
  if constexpr (std::is_same_v<Count, float>) {
    return std::max(bound, std::numeric_limits<float>::denorm_min());
  } else {
    constexpr float kMost = sizeof(Count) == 1 ? 255.0f : sizeof(Count) == 2 ? 65535.0f : 0x1p31f;
    return static_cast<Count>(std::clamp(std::ceil(bound), 1.0f, kMost));
  }
}

// Offers the columns of the block whose counts reach `least`: rare once the threshold has risen.
template <typename Count>
HWY_INLINE void offer_block(const Count* counts, Count least, const float* factor, size_t first,
                            TopK& top) {
  const hn::CappedTag<Count, 64 / sizeof(Count)> d;
  for (size_t j = 0; j < kCountBlock; j += hn::Lanes(d)) {
    const auto count = hn::Load(d, counts + j);
    const auto enough = hn::Eq(hn::Max(count, hn::Set(d, least)), count);  // >=, of any type
    if (hn::AllFalse(d, enough)) continue;
    uint64_t bits = 0;
    hn::StoreMaskBits(d, enough, reinterpret_cast<uint8_t*>(&bits));
    for (; bits != 0; bits &= bits - 1) {
      const size_t lane = j + static_cast<size_t>(std::countr_zero(bits));
      const float score = static_cast<float>(counts[lane]) * factor[lane];
      if (score > 0) top.offer(static_cast<uint32_t>(first + lane), score);
    }
  }
}

template <typename Count>
HWY_INLINE void clear_block(Count* counts) {
  const hn::CappedTag<Count, 64 / sizeof(Count)> d;
  for (size_t j = 0; j < kCountBlock; j += hn::Lanes(d)) hn::Store(hn::Zero(d), d, counts + j);
}

constexpr size_t kMarks = sizeof(uint64_t);  // blocks whose marks are read at once

// The marks of the blocks [group * kMarks, ...) as bytes of an integer; they are cleared.
HWY_INLINE uint64_t take_marks(uint8_t* touched, size_t blocks, size_t group) {
  uint64_t marks = 0;
  const size_t count = std::min(kMarks, blocks - group * kMarks);
  std::memcpy(&marks, touched + group * kMarks, count);
  if (marks != 0) std::memset(touched + group * kMarks, 0, count);
  return marks;
}

// Calls use(block) for the touched blocks and unmarks them: those of group `start` and later ones
// in rising order, then the others in falling order.
template <typename Use>
HWY_INLINE void take_touched(uint8_t* touched, size_t blocks, size_t start, Use&& use) {
  const size_t groups = (blocks + kMarks - 1) / kMarks;
  for (size_t group = start; group < groups; ++group) {
    for (uint64_t marks = take_marks(touched, blocks, group); marks != 0; marks &= marks - 1) {
      use(group * kMarks + static_cast<size_t>(std::countr_zero(marks)) / 8);
    }
  }
  for (size_t group = start; group-- > 0;) {
    uint64_t marks = take_marks(touched, blocks, group);
    while (marks != 0) {
      const int zeros = std::countl_zero(marks);
      use(group * kMarks + kMarks - 1 - static_cast<size_t>(zeros) / 8);
      marks &= ~(uint64_t{1} << 63 >> zeros);
    }
  }
}

template <typename Count>
void offer_row(const CountedRow<Count>& row, const ColumnFactors& factors, size_t start,
               TopK& top) {
  const auto take = [&](size_t block) HWY_ATTR {
    Count* const counts = row.counts + block * kCountBlock;
    const float bound = std::max(top.threshold(), 0.0f) * factors.count_for_one(block);
    const size_t first = block * kCountBlock;
    offer_block(counts, smallest_count<Count>(bound), factors.data() + first, first, top);
    clear_block(counts);
  };
  const size_t group = std::min(start, row.blocks * kCountBlock) / (kCountBlock * kMarks);
  if (row.touched) return take_touched(row.touched, row.blocks, group, take);
  for (size_t block = group * kMarks; block < row.blocks; ++block) take(block);
  for (size_t block = group * kMarks; block-- > 0;) take(block);
}

// A block is summed in floats, blocks in double.
template <typename Count>
double sum_row(const CountedRow<Count>& row) {
  const FloatTag d;
  double sum = 0;
  for_each_touched(row, [&](size_t block) HWY_ATTR {
    auto lanes = hn::Zero(d);
    for (size_t j = 0; j < kCountBlock; j += hn::Lanes(d)) {
      lanes = hn::Add(lanes, load_counts(row.counts + block * kCountBlock + j));
    }
    sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, lanes)));
  });
  return sum;
}

void offer_bytes(const CountedRow<uint8_t>& row, const ColumnFactors& factors, size_t start,
                 TopK& top) {
  offer_row(row, factors, start, top);
}
void offer_shorts(const CountedRow<uint16_t>& row, const ColumnFactors& factors, size_t start,
                  TopK& top) {
  offer_row(row, factors, start, top);
}
void offer_words(const CountedRow<uint32_t>& row, const ColumnFactors& factors, size_t start,
                 TopK& top) {
  offer_row(row, factors, start, top);
}
void offer_floats(const CountedRow<float>& row, const ColumnFactors& factors, size_t start,
                  TopK& top) {
  offer_row(row, factors, start, top);
}
double sum_bytes(const CountedRow<uint8_t>& row) { return sum_row(row); }
double sum_shorts(const CountedRow<uint16_t>& row) { return sum_row(row); }
double sum_words(const CountedRow<uint32_t>& row) { return sum_row(row); }
double sum_floats(const CountedRow<float>& row) { return sum_row(row); }

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(offer_bytes);
HWY_EXPORT(offer_shorts);
HWY_EXPORT(offer_words);
HWY_EXPORT(offer_floats);
HWY_EXPORT(sum_bytes);
HWY_EXPORT(sum_shorts);
HWY_EXPORT(sum_words);
HWY_EXPORT(sum_floats);

ColumnFactors::ColumnFactors(std::span<const float> factors)
    : factor_(hwy::AllocateAligned<float>(count_blocks(factors.size()) * kCountBlock)) {
  if (!factor_) throw std::bad_alloc();
  const size_t blocks = count_blocks(factors.size());
  std::fill(std::copy(factors.begin(), factors.end(), factor_.get()),
            factor_.get() + blocks * kCountBlock, 0.0f);
  for (size_t block = 0; block < blocks; ++block) {
    const float* const begin = factor_.get() + block * kCountBlock;
    // A little less, so that no rounding passes over a count that is just enough.
    const float largest = *std::max_element(begin, begin + kCountBlock);
    count_for_one_.push_back(largest > 0 ? (1 - 1e-5f) / largest
                                         : std::numeric_limits<float>::max());
  }
  double halves[2] = {};
  for (size_t j = 0; j < factors.size(); ++j) {
    halves[2 * j >= factors.size()] += static_cast<double>(factors[j]);
  }
  is_rising_ = halves[1] > halves[0];
}

void offer_products(const CountedRow<uint8_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top) {
  HWY_DYNAMIC_DISPATCH(offer_bytes)(row, factors, start, top);
}
void offer_products(const CountedRow<uint16_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top) {
  HWY_DYNAMIC_DISPATCH(offer_shorts)(row, factors, start, top);
}
void offer_products(const CountedRow<uint32_t>& row, const ColumnFactors& factors, size_t start,
                    TopK& top) {
  HWY_DYNAMIC_DISPATCH(offer_words)(row, factors, start, top);
}
void offer_products(const CountedRow<float>& row, const ColumnFactors& factors, size_t start,
                    TopK& top) {
  HWY_DYNAMIC_DISPATCH(offer_floats)(row, factors, start, top);
}
double sum_counts(const CountedRow<uint8_t>& row) { return HWY_DYNAMIC_DISPATCH(sum_bytes)(row); }
double sum_counts(const CountedRow<uint16_t>& row) { return HWY_DYNAMIC_DISPATCH(sum_shorts)(row); }
double sum_counts(const CountedRow<uint32_t>& row) { return HWY_DYNAMIC_DISPATCH(sum_words)(row); }
double sum_counts(const CountedRow<float>& row) { return HWY_DYNAMIC_DISPATCH(sum_floats)(row); }

}  // namespace kaskad
#endif  // HWY_ONCE
