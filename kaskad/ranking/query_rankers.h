// What a search is measured against: the words alone, and the counters alone. Kinds "bm25" and
// "counters".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "kaskad/counters/counter_store.h"
#include "kaskad/dataset/features.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

struct Bm25Options {
  double k1 = 1.2;  // how soon further occurrences of a word stop to count
  double b = 0.75;  // how far long texts are held against their length
};

// Okapi BM25 (Robertson and Zaragoza 2009) of the query's words over what is written of items:
//   sum over words t of the query of idf(t) tf (k1 + 1) / (tf + k1 (1 - b + b length / mean
//   length)) idf(t) = ln(1 + (N - n_t + 0.5) / (n_t + 0.5))
// 0 without a query. An item's text is that of its categories: a title, tags, a brand.
//   words.* an id map; begin.npy (items + 1), word.npy, count.npy, frequency.npy (words)
class Bm25Ranker : public Ranker {
 public:
  // Of the columns of these names; empty: of all categorical ones. Throws Error naming the columns
  // when one is missing or there is none at all.
  Bm25Ranker(const FeatureTable& items, size_t num_items, const std::vector<std::string>& columns,
             const Bm25Options& options);
  static std::unique_ptr<Bm25Ranker> load(const std::string& directory,
                                          const std::string& config_json,
                                          const std::vector<Head>& heads);
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override { return "bm25"; }
  size_t num_items() const override { return begin_.size() - 1; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;

 private:
  explicit Bm25Ranker(const Bm25Options& options) : options_(options) {}
  void weigh();  // from the counts
  float score_of(const std::vector<uint32_t>& words, ItemId item) const;

  Bm25Options options_;
  std::vector<std::string> words_;
  std::vector<uint64_t> begin_;         // (items + 1)
  std::vector<uint32_t> word_, count_;  // words of each item, ascending, and how often
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<float> idf_;     // (words)
  std::vector<float> length_;  // (items) k1 (1 - b + b length / mean length)
  std::vector<Head> heads_ = {{"next", 1}};
};

// One counter of a store: by default the rate of the first head over the longest time, else the
// share.
class CounterRanker : public Ranker {
 public:
  // `feature` empty: the default. Throws Error naming the store's features when it is none.
  CounterRanker(std::shared_ptr<const CounterStore> store, const std::string& feature);
  static std::unique_ptr<CounterRanker> load(const std::string& directory,
                                             const std::string& config_json,
                                             const std::vector<Head>& heads);
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override { return "counters"; }
  size_t num_items() const override { return store_->items().size(); }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  const std::string& feature() const { return feature_; }

 private:
  std::shared_ptr<const CounterStore> store_;
  std::string feature_;
  size_t column_ = 0;
  std::vector<Head> heads_ = {{"next", 1}};
};

// Lets load_ranker() find both kinds.
void register_query_rankers();

}  // namespace kaskad
