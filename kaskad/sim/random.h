// Random numbers by address: a draw depends on the seed, on what it is for and on whom it is for,
// and on nothing that was drawn before. So any part of the world can be made anew, in any order and
// on any thread, and it comes out the same. SplitMix64 (Steele, Lea, Flood 2014).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace kaskad::sim {

// What a draw is for. Numbers are part of the worlds of old seeds: add at the end.
enum class Stream : uint64_t {
  kWords = 1,
  kCategory,
  kBrand,
  kAttribute,
  kItem,
  kTopic,
  kUser,
  kTaste,
  kPlan,
  kVisit,
  kIntent,
  kAffinity,
  kPage,
  kAction,
  kArm,
};

constexpr uint64_t scramble(uint64_t z) {
  z += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

// 64 well-mixed bits of the address.
template <typename... Parts>
constexpr uint64_t address(uint64_t seed, Stream stream, Parts... parts) {
  uint64_t key = scramble(scramble(seed) ^ static_cast<uint64_t>(stream));
  ((key = scramble(key ^ static_cast<uint64_t>(parts))), ...);
  return key;
}

// [0, 1)
constexpr double unit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// A sequence of draws from one address on.
class Random {
 public:
  explicit Random(uint64_t from) : state_(from) {}

  uint64_t next() {
    const uint64_t bits = scramble(state_);
    state_ += 0x9e3779b97f4a7c15ull;
    return bits;
  }
  double uniform() { return unit(next()); }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  // In [0, count).
  uint32_t below(uint64_t count) { return static_cast<uint32_t>(((next() >> 32) * count) >> 32); }
  // Mean 0, deviation 1 (Box and Muller, of which one half is used).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  double exponential(double mean) { return -mean * std::log(1 - uniform()); }

 private:
  uint64_t state_;
};

}  // namespace kaskad::sim
