// Type-ahead over the items of a bundle: items with a word (of the title, or of the id) that
// begins as typed, most popular first. For the console; ASCII case does not matter.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/model/bundle.h"

namespace kaskad {

// Immutable after construction, thread-safe. Takes a copy of all text in lower case and 12 bytes
// a word.
class ItemSearch {
 public:
  explicit ItemSearch(const Bundle& bundle);

  // At most `limit` items; an empty prefix finds the most popular ones.
  std::vector<ItemId> find(std::string_view prefix, size_t limit) const;
  // 0 for the most popular item, 1 for the least.
  double popularity_place(ItemId item) const {
    return static_cast<double>(rank_[index(item)]) /
           static_cast<double>(std::max<size_t>(2, rank_.size()) - 1);
  }

 private:
  struct Word {
    uint64_t begin;  // in text_; runs to the end of its text, over the following words
    ItemId item;
  };

  void add(std::string_view text, ItemId item);
  std::string_view rest(const Word& word) const;

  std::string text_;             // lower case, each text ended by '\n'
  std::vector<Word> words_;      // in the order of their rest()
  std::vector<uint32_t> rank_;   // (items): 0 is the most popular
  std::vector<ItemId> by_rank_;  // (items)
};

}  // namespace kaskad
