// The rankers that every table begins with: the order that retrieval gave, and popularity as of the
// request. Kinds "retrieval_order" and "popularity".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/counters/item_counters.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// 1 / rank; where ranks are not known, the retriever's score; where it neither is, 0.
class RetrievalOrder : public Ranker {
 public:
  explicit RetrievalOrder(size_t num_items) : num_items_(num_items) {}
  static std::unique_ptr<RetrievalOrder> load(const std::string& directory,
                                              const std::string& config_json,
                                              const std::vector<Head>& heads);
  void save(const std::string& /*directory*/) const {}
  std::string config_json() const;

  std::string kind() const override { return "retrieval_order"; }
  size_t num_items() const override { return num_items_; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;

 private:
  size_t num_items_;
  std::vector<Head> heads_ = {{"next", 1}};
};

// Events of the item before the request, or the decayed sum of them.
class PopularityRanker : public Ranker {
 public:
  PopularityRanker(std::shared_ptr<const ItemCounters> counters, bool decayed);
  static std::unique_ptr<PopularityRanker> load(const std::string& directory,
                                                const std::string& config_json,
                                                const std::vector<Head>& heads);
  void save(const std::string& directory) const { counters_->save(directory); }
  std::string config_json() const;

  std::string kind() const override { return "popularity"; }
  size_t num_items() const override { return counters_->num_items(); }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  std::optional<int64_t> counted_until() const override { return counters_->counted_until(); }

 private:
  std::shared_ptr<const ItemCounters> counters_;
  bool decayed_;  // by the counters' first time constant
  std::vector<Head> heads_ = {{"next", 1}};
};

// Lets load_ranker() find both kinds.
void register_simple_rankers();

}  // namespace kaskad
