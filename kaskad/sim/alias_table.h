// Draws from a discrete distribution in constant time (Walker's alias method, in Vose's form).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kaskad::sim {

class AliasTable {
 public:
  explicit AliasTable(std::span<const double> weights);

  // `random` is 64 uniform bits; the result is an index into the weights.
  uint32_t draw(uint64_t random) const {
    const auto slot = static_cast<uint32_t>(((random >> 32) * slots_.size()) >> 32);
    return static_cast<uint32_t>(random) <= slots_[slot].keep ? slot : slots_[slot].alias;
  }

 private:
  struct Slot {
    uint32_t keep = UINT32_MAX;  // chance to stay, in units of 2^-32
    uint32_t alias = 0;
  };
  std::vector<Slot> slots_;
};

// Weights rank^-exponent of ranks 1 .. count.
std::vector<double> zipf_weights(size_t count, double exponent);

}  // namespace kaskad::sim
