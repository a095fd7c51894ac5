// Two models timed on the same requests in turn, so that what slows the machine down for a while
// slows both down. Called by `kaskad ablate`.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace kaskad::cli {

// Medians, in milliseconds, of first(i) and of second(i) for i below `count`, at least one; each is
// called once before for what is only done the first time. Who goes first changes from request to
// request: the second finds the request's own memory in the cache.
template <typename First, typename Second>
std::pair<double, double> median_milliseconds(size_t count, const First& first,
                                              const Second& second) {
  using Clock = std::chrono::steady_clock;
  const auto timed = [](const auto& ask, size_t i) {
    const auto begin = Clock::now();
    ask(i);
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  };
  const auto median = [](std::vector<double>& taken) {
    const auto middle = taken.begin() + static_cast<ptrdiff_t>(taken.size() / 2);
    std::nth_element(taken.begin(), middle, taken.end());
    return *middle;
  };
  first(0);
  second(0);
  std::vector<double> of_first, of_second;
  for (size_t i = 0; i < count; ++i) {
    if (i % 2 == 0) of_first.push_back(timed(first, i));
    of_second.push_back(timed(second, i));
    if (i % 2 == 1) of_first.push_back(timed(first, i));
  }
  return {median(of_first), median(of_second)};
}

}  // namespace kaskad::cli
