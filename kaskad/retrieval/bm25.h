// Items by the words of a query: what a search finds before anything is known of the user. A
// retriever of a cascade; `kaskad text-index` makes its bundle.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/dataset/item_words.h"
#include "kaskad/kernels/top_k.h"
#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

// score = Okapi BM25 of the query's words over what is written of the item (dataset/item_words.h),
// the same to the last bit as the ranker of this name gives, by an inverted index: a question costs
// the items that have one of its words, not the catalogue. Reads the query, of the history what was
// seen. A question without a query, or with words that no item has, gets no candidates: rows of
// kNoItem, not filled up by popularity. Kind "bm25".
class Bm25Retriever : public Retriever {
 public:
  // See ItemWords for the columns and what is thrown.
  Bm25Retriever(const FeatureTable& items, size_t num_items,
                const std::vector<std::string>& columns, const Bm25Options& options)
      : Bm25Retriever(ItemWords(items, num_items, columns, options)) {}
  static std::unique_ptr<Bm25Retriever> load(const std::string& directory,
                                             const std::string& config_json);
  // Writes the files of ItemWords into `directory`; config_json() goes into the manifest.
  void save(const std::string& directory) const { words_.save(directory); }
  std::string config_json() const { return words_.config_json(); }
  size_t num_words() const { return words_.num_words(); }

  // Queries to verify a loaded model with: none, then the first words of items spread over the
  // catalogue.
  std::vector<std::string> golden_queries(size_t count) const;

  std::string kind() const override { return "bm25"; }
  size_t num_items() const override { return words_.num_items(); }
  bool reads_query() const override { return true; }
  void retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const override;
  void score_all(const Query& query, std::span<float> scores) const override;

 private:
  explicit Bm25Retriever(ItemWords words);

  // An item that has the word, and what the word adds to its score, which is positive.
  struct Posting {
    ItemId item;
    float part;
  };
  std::span<const Posting> postings(uint32_t word) const {
    return std::span(postings_).subspan(begin_[word], begin_[word + 1] - begin_[word]);
  }

  // All 0 and empty between questions.
  struct Scratch {
    explicit Scratch(size_t num_items) : scores(num_items, 0), filter(num_items) {}
    std::vector<float> scores;  // (items)
    std::vector<ItemId> found;  // those with a score
    ItemFilter filter;
    TopK top;
  };
  void answer(const Query& query, Scratch& scratch, std::span<ScoredItem> row) const;

  ItemWords words_;
  std::vector<uint64_t> begin_;    // (words + 1)
  std::vector<Posting> postings_;  // of each word, by item
  mutable Pool<Scratch> scratch_;
};

// Lets load_bundle() find the kind.
void register_bm25();

}  // namespace kaskad
