#include "kaskad/kernels/pair_accumulator.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/pair_accumulator.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using LaneTag = hn::CappedTag<float, kLanes>;

// What one pair has of its own.
struct Pair {
  size_t gap = 0;
  float days_apart = 0, age = 0;
  float weight = 1;  // of the other event
};

// The event's weight where a lane asks for it, 1 elsewhere: 1 + weighs * (weight - 1).
template <class D>
HWY_INLINE hn::Vec<D> lane_weight(D d, const LaneTables& tables, size_t v, float weight) {
  return hn::MulAdd(hn::Load(d, tables.weighs + v), hn::Set(d, weight - 1), hn::Set(d, 1.0f));
}

template <bool kTime, bool kWeights>
HWY_INLINE void add_pair(const LaneTables& tables, const Pair& pair, const float* scale,
                         float* HWY_RESTRICT target) {
  const LaneTag d;
  for (size_t v = 0; v < kLanes; v += hn::Lanes(d)) {
    auto weight = hn::Mul(hn::Load(d, tables.gap + pair.gap * kLanes + v), hn::Load(d, scale + v));
    if constexpr (kTime) {
      const auto apart = hn::Set(d, pair.days_apart);
      const auto exponent =
          hn::MulAdd(apart, hn::Load(d, tables.gap_rate + v),
                     hn::Mul(hn::Set(d, pair.age), hn::Load(d, tables.age_rate + v)));
      const auto decay = hn::Exp(d, hn::Neg(exponent));
      const auto near = hn::Le(apart, hn::Load(d, tables.time_limit + v));
      weight = hn::IfThenElseZero(near, hn::Mul(weight, decay));
    }
    if constexpr (kWeights) weight = hn::Mul(weight, lane_weight(d, tables, v, pair.weight));
    hn::Store(hn::Add(hn::Load(d, target + v), weight), d, target + v);
  }
}

template <bool kTime, bool kWeights>
size_t accumulate(const Neighbourhood& around, const LaneTables& tables, const float* user_weight,
                  float* accumulators, uint8_t* is_touched, uint32_t* touched, size_t num_touched) {
  const uint32_t self = around.item[around.event];
  alignas(64) float forward[kLanes], backward[kLanes];
  for (size_t l = 0; l < kLanes; ++l) {
    forward[l] = user_weight[l];
    if constexpr (kWeights) forward[l] *= 1 + tables.weighs[l] * (around.weight[around.event] - 1);
  }
  const auto meet = [&](size_t other, size_t gap, const float* scale) HWY_ATTR {
    const uint32_t item = around.item[other];
    if (item == self) return;
    Pair pair{.gap = gap};
    if constexpr (kTime) {
      pair.days_apart = static_cast<float>(std::fabs(around.day[other] - around.day[around.event]));
      pair.age = static_cast<float>(-std::max(around.day[other], around.day[around.event]));
    }
    if constexpr (kWeights) pair.weight = around.weight[other];
    add_pair<kTime, kWeights>(tables, pair, scale, accumulators + item * kLanes);
    touched[num_touched] = item;  // without a branch: overwritten unless new
    num_touched += !is_touched[item];
    is_touched[item] = 1;
  };
  const size_t last = std::min(around.end - 1, around.event + tables.max_gap);
  for (size_t other = around.event + 1; other <= last; ++other) {
    meet(other, other - around.event, forward);
  }
  if (!tables.any_reverse) return num_touched;
  for (size_t l = 0; l < kLanes; ++l) backward[l] = forward[l] * tables.reverse[l];
  const size_t reach = std::min(around.event - around.begin, tables.max_gap);
  for (size_t gap = 1; gap <= reach; ++gap) meet(around.event - gap, gap, backward);
  return num_touched;
}

size_t accumulate_lanes_simd(const Neighbourhood& around, const LaneTables& tables,
                             const float* user_weight, float* accumulators, uint8_t* is_touched,
                             uint32_t* touched, size_t num_touched) {
  const auto with = [&](auto form) {
    return form(around, tables, user_weight, accumulators, is_touched, touched, num_touched);
  };
  if (tables.uses_weights) {
    return tables.uses_time ? with(accumulate<true, true>) : with(accumulate<false, true>);
  }
  return tables.uses_time ? with(accumulate<true, false>) : with(accumulate<false, false>);
}

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(accumulate_lanes_simd);
HWY_EXPORT(target_name);

size_t accumulate_lanes(const Neighbourhood& around, const LaneTables& tables,
                        const float* user_weight, float* accumulators, uint8_t* is_touched,
                        uint32_t* touched, size_t num_touched) {
  return HWY_DYNAMIC_DISPATCH(accumulate_lanes_simd)(around, tables, user_weight, accumulators,
                                                     is_touched, touched, num_touched);
}

const char* simd_target() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

size_t accumulate_lanes_reference(const Neighbourhood& around, const LaneTables& tables,
                                  const float* user_weight, float* accumulators,
                                  uint8_t* is_touched, uint32_t* touched, size_t num_touched) {
  const uint32_t self = around.item[around.event];
  for (size_t other = around.begin; other < around.end; ++other) {
    const bool backward = other < around.event;
    const size_t gap = backward ? around.event - other : other - around.event;
    const uint32_t item = around.item[other];
    if (gap == 0 || gap > tables.max_gap || item == self || (backward && !tables.any_reverse)) {
      continue;
    }
    for (size_t l = 0; l < kLanes; ++l) {
      double weight = tables.gap[gap * kLanes + l] * user_weight[l];
      if (backward) weight *= tables.reverse[l];
      if (tables.uses_time) {
        const double apart = std::fabs(around.day[other] - around.day[around.event]);
        const double age = -std::max(around.day[other], around.day[around.event]);
        weight *= std::exp(-apart * tables.gap_rate[l] - age * tables.age_rate[l]);
        if (apart > tables.time_limit[l]) weight = 0;
      }
      if (tables.uses_weights && tables.weighs[l] > 0) {
        weight *= double{around.weight[other]} * around.weight[around.event];
      }
      accumulators[item * kLanes + l] += static_cast<float>(weight);
    }
    if (!is_touched[item]) touched[num_touched++] = item;
    is_touched[item] = 1;
  }
  return num_touched;
}

}  // namespace kaskad
#endif  // HWY_ONCE
