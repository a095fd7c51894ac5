// Impressions of any number for the benchmark of counters: users of some countries, queries and the
// items shown for each by Zipf's law (exponent 1), lists of equal length, evenly over some days.
// The same for the same seed.
#pragma once

#include <cmath>
#include <cstdint>

#include "kaskad/core/ids.h"

namespace kaskad::bench {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {  // splitmix64
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) / 0x1p53; }
  uint32_t below(uint32_t end) { return static_cast<uint32_t>(uniform() * end); }
  // P(rank) ~ 1 / (rank + 1) for ranks below `end`.
  uint32_t zipf(uint32_t end) {
    const auto rank = static_cast<uint32_t>(std::exp(uniform() * std::log(end + 1.0))) - 1;
    return rank < end ? rank : end - 1;
  }

 private:
  uint64_t state_;
};

struct World {
  uint32_t users = 100'000, items = 100'000, queries = 200'000, countries = 40;
  uint32_t pool = 5'000;  // items that a query can show
  uint32_t list = 30;     // candidates of a list
  uint32_t days = 60;
  int64_t first_time = 1'700'000'000'000;
  uint64_t seed = 1;

  ItemId item_of(uint32_t query, uint32_t rank) const {
    const uint64_t start = Random(query + seed * 1'000'003).next();
    return ItemId{static_cast<uint32_t>((start + rank * uint64_t{7919}) % items)};
  }
};

}  // namespace kaskad::bench
