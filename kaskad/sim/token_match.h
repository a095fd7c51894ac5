// Which living items have a word of the query in their title, and what share of the query they
// have: the first stage of the marketplace's engine, and all that it knows of an item's meaning.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/sim/marketplace.h"

namespace kaskad::sim {

struct Candidate {
  uint32_t item = 0;
  float match = 0;  // sum of the idf of the words that it has, over that of all; at most 1
};

// Thread-safe once made.
class TokenMatch {
 public:
  explicit TokenMatch(const Marketplace& market);

  // At most engine.candidates of them, the rarest word's first; where a word has more, evenly
  // spaced ones from a random start. Replaces what is in `found`.
  void find(uint32_t query, int64_t time, Random& random, std::vector<Candidate>& found) const;

 private:
  const Marketplace& market_;
  std::vector<uint64_t> begin_;  // (words + 1)
  std::vector<uint32_t> items_;  // by word
  std::vector<double> idf_;      // (words)
};

}  // namespace kaskad::sim
