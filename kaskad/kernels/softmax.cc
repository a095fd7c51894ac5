#include "kaskad/kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/softmax.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h: it is compiled once a target too.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;

// Calls body(values, store): for whole vectors of the row, then for its end, filled up with `fill`.
// `store` writes a vector back to where it came from.
template <class Body>
HWY_ATTR void for_each_vector(float* row, size_t count, float fill, const Body& body) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    body(i, hn::LoadU(d, row + i), [&](auto v) HWY_ATTR { hn::StoreU(v, d, row + i); });
  }
  if (i == count) return;
  HWY_ALIGN float end[hn::MaxLanes(d)];
  std::fill_n(end, lanes, fill);
  std::copy(row + i, row + count, end);
  body(i, hn::Load(d, end), [&](auto v) HWY_ATTR {
    hn::Store(v, d, end);
    std::copy_n(end, count - i, row + i);
  });
}

void softmax_simd(float* row, size_t count) {
  const Tag d;
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  auto largest = hn::Set(d, kLowest);
  for_each_vector(row, count, kLowest,
                  [&](size_t, auto v, const auto&) HWY_ATTR { largest = hn::Max(largest, v); });
  const auto max = hn::MaxOfLanes(d, largest);
  auto sum = hn::Zero(d);
  // Exp() of Highway is exact enough down to its underflow at -104, where it gives 0.
  for_each_vector(row, count, kLowest, [&](size_t, auto v, const auto& store) HWY_ATTR {
    const auto e = hn::Exp(d, hn::Sub(v, max));
    sum = hn::Add(sum, e);
    store(e);
  });
  const auto scale = hn::Div(hn::Set(d, 1.0F), hn::SumOfLanes(d, sum));
  for_each_vector(row, count, 0,
                  [&](size_t, auto v, const auto& store) HWY_ATTR { store(hn::Mul(v, scale)); });
}

void softmax_backward_simd(const float* row, float* gradient, size_t count) {
  const Tag d;
  HWY_ALIGN float end[hn::MaxLanes(d)] = {};
  const size_t whole = count / hn::Lanes(d) * hn::Lanes(d);
  std::copy(row + whole, row + count, end);
  const auto weights = [&](size_t i) HWY_ATTR {
    return i < whole ? hn::LoadU(d, row + i) : hn::Load(d, end);
  };
  auto sum = hn::Zero(d);
  for_each_vector(gradient, count, 0, [&](size_t i, auto g, const auto&) HWY_ATTR {
    sum = hn::MulAdd(weights(i), g, sum);
  });
  const auto mean = hn::SumOfLanes(d, sum);
  for_each_vector(gradient, count, 0, [&](size_t i, auto g, const auto& store) HWY_ATTR {
    store(hn::Mul(weights(i), hn::Sub(g, mean)));
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(softmax_simd);
HWY_EXPORT(softmax_backward_simd);

void softmax(float* row, size_t count) { HWY_DYNAMIC_DISPATCH(softmax_simd)(row, count); }

void softmax_backward(const float* row, float* gradient, size_t count) {
  HWY_DYNAMIC_DISPATCH(softmax_backward_simd)(row, gradient, count);
}

void softmax_reference(float* row, size_t count) {
  const float max = count == 0 ? 0 : *std::max_element(row, row + count);
  float sum = 0;
  for (size_t i = 0; i < count; ++i) sum += row[i] = std::exp(row[i] - max);
  for (size_t i = 0; i < count; ++i) row[i] /= sum;
}

void softmax_backward_reference(const float* row, float* gradient, size_t count) {
  float mean = 0;
  for (size_t i = 0; i < count; ++i) mean += row[i] * gradient[i];
  for (size_t i = 0; i < count; ++i) gradient[i] = row[i] * (gradient[i] - mean);
}

}  // namespace kaskad
#endif  // HWY_ONCE
