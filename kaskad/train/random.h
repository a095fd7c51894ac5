// Random numbers that are a function of what they are for (seed, epoch, row), so that no state has
// to be saved for an epoch to be made again. SplitMix64 (Steele et al. 2014).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace kaskad::train {

class Random {
 public:
  // Different keys, or the same in another order, give unrelated sequences.
  explicit Random(std::initializer_list<uint64_t> keys) {
    for (const uint64_t key : keys) state_ = scramble(state_ + kStep + key);
  }

  uint64_t next() { return scramble(state_ += kStep); }

  // Uniform in [0, bound), bound > 0.
  uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  __extension__ using Wide = unsigned __int128;  // no part of ISO C++; gcc and clang have it
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;

  static uint64_t scramble(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  uint64_t state_ = 0;
};

}  // namespace kaskad::train
