#include "kaskad/sim/words.h"

namespace kaskad::sim {

WordId Words::make() {
  static constexpr const char* kBegin[] = {"b", "d", "f",  "g",  "k", "l",  "m", "n", "p",
                                           "r", "s", "sh", "st", "t", "tr", "v", "w", "z"};
  static constexpr const char* kMiddle[] = {"a", "e", "i", "o", "u", "ai", "ee", "ou"};
  static constexpr const char* kEnd[] = {"", "", "", "l", "n", "r", "s", "x"};
  std::string word;
  do {
    word.clear();
    const uint32_t syllables = 2 + random_.below(2);
    for (uint32_t i = 0; i < syllables; ++i) {
      word += kBegin[random_.below(std::size(kBegin))];
      word += kMiddle[random_.below(std::size(kMiddle))];
    }
    word += kEnd[random_.below(std::size(kEnd))];
  } while (!taken_.insert(word).second);
  words_.push_back(word);
  return static_cast<WordId>(words_.size() - 1);
}

}  // namespace kaskad::sim
