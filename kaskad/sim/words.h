// The words of a marketplace: made of syllables, each once, the same for a seed.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "kaskad/sim/random.h"

namespace kaskad::sim {

using WordId = uint32_t;

class Words {
 public:
  explicit Words(uint64_t seed) : random_(address(seed, Stream::kWords)) {}

  WordId make();  // a new one
  size_t size() const { return words_.size(); }
  const std::string& text(WordId word) const { return words_[word]; }

 private:
  Random random_;
  std::vector<std::string> words_;
  std::unordered_set<std::string> taken_;
};

}  // namespace kaskad::sim
