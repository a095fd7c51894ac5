#include "bench/vector_search/machine_limit.h"

#include <ctime>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/vector_search/machine_limit.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kaskad::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Eight sums, so that the additions hide behind the loads.
float sum_all(const float* data, size_t count) {
  const hn::ScalableTag<float> d;
  const size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (size_t i = 0; i + 8 * n <= count; i += 8 * n) {
    const float* x = data + i;
    s0 = hn::Add(s0, hn::LoadU(d, x)), s1 = hn::Add(s1, hn::LoadU(d, x + n));
    s2 = hn::Add(s2, hn::LoadU(d, x + 2 * n)), s3 = hn::Add(s3, hn::LoadU(d, x + 3 * n));
    s4 = hn::Add(s4, hn::LoadU(d, x + 4 * n)), s5 = hn::Add(s5, hn::LoadU(d, x + 5 * n));
    s6 = hn::Add(s6, hn::LoadU(d, x + 6 * n)), s7 = hn::Add(s7, hn::LoadU(d, x + 7 * n));
  }
  const auto low = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
  const auto high = hn::Add(hn::Add(s4, s5), hn::Add(s6, s7));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
}

// Ten independent chains, more than two units of latency 4 can hold up, with a start of their own
// each: equal ones the compiler would compute once. Returns the lanes.
size_t multiply_adds(size_t rounds, float* result) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, *result);
  const auto start = [&](float number) HWY_ATTR { return hn::Set(d, *result * number); };
  auto a = start(1), b = start(2), c = start(3), e = start(4), f = start(5);
  auto g = start(6), h = start(7), i = start(8), j = start(9), k = start(10);
  for (size_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, x, x), b = hn::MulAdd(b, x, x), c = hn::MulAdd(c, x, x);
    e = hn::MulAdd(e, x, x), f = hn::MulAdd(f, x, x), g = hn::MulAdd(g, x, x);
    h = hn::MulAdd(h, x, x), i = hn::MulAdd(i, x, x), j = hn::MulAdd(j, x, x);
    k = hn::MulAdd(k, x, x);
  }
  const auto low = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), f);
  const auto high = hn::Add(hn::Add(hn::Add(g, h), hn::Add(i, j)), k);
  *result = hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
  return hn::Lanes(d);
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad::bench {

HWY_EXPORT(sum_all);
HWY_EXPORT(multiply_adds);

double cpu_seconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double read_bandwidth(std::span<const float> data) {
  const double start = cpu_seconds();
  volatile float sum = HWY_DYNAMIC_DISPATCH(sum_all)(data.data(), data.size());
  (void)sum;
  return static_cast<double>(data.size_bytes()) / (cpu_seconds() - start);
}

double multiply_add_rate() {
  constexpr size_t kRounds = 100'000;
  volatile float seed = 0.5f;
  float result = seed;
  const double start = cpu_seconds();
  const size_t lanes = HWY_DYNAMIC_DISPATCH(multiply_adds)(kRounds, &result);
  const double seconds = cpu_seconds() - start;
  seed = result;
  return 2.0 * 10 * static_cast<double>(lanes * kRounds) / seconds;
}

}  // namespace kaskad::bench
#endif  // HWY_ONCE
