// The words of what is written of items, and what each says of an item by Okapi BM25: shared by the
// ranker and the retriever of kind "bm25".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/features.h"

namespace kaskad {

struct Bm25Options {
  double k1 = 1.2;  // how soon further occurrences of a word stop to count; not negative
  double b = 0.75;  // how far long texts are held against their length; 0 to 1
};

// An item's text is that of its categories: a title, tags, a brand; its words are those of
// query_tokens(). BM25 (Robertson and Zaragoza 2009) is a sum over the words t of a query,
//   idf(t) tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length))
//   idf(t) = ln(1 + (N - n_t + 0.5) / (n_t + 0.5))
// of which part() is one term, positive. Read-only after construction, thread-safe.
//   words.* an id map; begin.npy (items + 1) uint64; word.npy, count.npy (all items' words) uint32
class ItemWords {
 public:
  // Of the columns of these names; empty: of all categorical ones. Throws Error naming the columns
  // when one is missing or there is none at all.
  ItemWords(const FeatureTable& items, size_t num_items, const std::vector<std::string>& columns,
            const Bm25Options& options);
  // Reads what save() and config_json() wrote. Throws Error when it is damaged.
  static ItemWords load(const std::string& directory, const std::string& config_json);
  void save(const std::string& directory) const;
  std::string config_json() const;

  size_t num_items() const { return begin_.size() - 1; }
  size_t num_words() const { return words_.size(); }
  const std::string& word(uint32_t number) const { return words_[number]; }

  // Numbers of the query's words that any item has, each once, in the order of the query.
  std::vector<uint32_t> find(std::string_view query) const;

  // Words of one item, ascending, and how often each is there.
  struct Counted {
    std::span<const uint32_t> words, counts;
  };
  Counted of(ItemId item) const;

  // What `count` occurrences of the word add to the item's score.
  float part(uint32_t word, uint32_t count, ItemId item) const {
    const auto tf = static_cast<float>(count);
    return idf_[word] * tf * static_cast<float>(options_.k1 + 1) / (tf + length_[index(item)]);
  }

 private:
  explicit ItemWords(const Bm25Options& options) : options_(options) {}
  void weigh();  // from the counts

  Bm25Options options_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<uint64_t> begin_;         // (items + 1)
  std::vector<uint32_t> word_, count_;  // words of each item, ascending, and how often
  std::vector<float> idf_;              // (words)
  std::vector<float> length_;           // (items) k1 (1 - b + b length / mean length)
};

}  // namespace kaskad
