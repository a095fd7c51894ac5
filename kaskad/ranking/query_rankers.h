// What a search is measured against: the words alone, and the counters alone. Kinds "bm25" and
// "counters".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/counters/live_counters.h"
#include "kaskad/dataset/features.h"
#include "kaskad/dataset/item_words.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// Okapi BM25 of the query's words over what is written of items: dataset/item_words.h has the
// formula and the files. 0 without a query.
class Bm25Ranker : public Ranker {
 public:
  // See ItemWords for the columns and what is thrown.
  Bm25Ranker(const FeatureTable& items, size_t num_items, const std::vector<std::string>& columns,
             const Bm25Options& options);
  static std::unique_ptr<Bm25Ranker> load(const std::string& directory,
                                          const std::string& config_json,
                                          const std::vector<Head>& heads);
  void save(const std::string& directory) const { words_.save(directory); }
  std::string config_json() const { return words_.config_json(); }

  std::string kind() const override { return "bm25"; }
  size_t num_items() const override { return words_.num_items(); }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;

 private:
  explicit Bm25Ranker(ItemWords words) : words_(std::move(words)) {}
  // `query`: numbers of words, each once.
  float score_of(const std::vector<uint32_t>& query, ItemId item) const;

  ItemWords words_;
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
  size_t num_items() const override { return store().items().size(); }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  std::vector<std::string> feature_names() const override { return store().feature_names(); }
  void features(const RankRequest& request, std::span<float> out) const override;
  std::shared_ptr<LivePages> live_pages() const override { return counters_; }
  const std::string& feature() const { return feature_; }

 private:
  const CounterStore& store() const { return counters_->store(); }

  const std::shared_ptr<LiveCounters> counters_;
  std::string feature_;
  size_t column_ = 0;
  std::vector<Head> heads_ = {{"next", 1}};
};

// Lets load_ranker() find both kinds.
void register_query_rankers();

}  // namespace kaskad
