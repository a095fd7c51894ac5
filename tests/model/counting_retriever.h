// A retriever small enough to check by hand, for tests of what stands around the models: the
// score of j is the number of users who took j and the history's item, summed over the history.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/npy.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

class CountingRetriever : public Retriever {
 public:
  static constexpr const char* kKind = "counting";

  static std::unique_ptr<CountingRetriever> fit(const Dataset& dataset) {
    auto model = std::make_unique<CountingRetriever>();
    const size_t n = dataset.num_items();
    model->counts_.assign(n * n, 0);
    std::vector<uint64_t> popularity(n, 0);
    for (uint32_t user = 0; user < dataset.num_users(); ++user) {
      const History history = dataset.history(UserId{user});
      for (const ItemId a : history.items) {
        ++popularity[index(a)];
        for (const ItemId b : history.items) {
          if (a != b) model->counts_[index(a) * n + index(b)] += 1;
        }
      }
    }
    model->popularity_ = popularity;
    model->fill_ = PopularityFill(popularity);
    return model;
  }

  void save(const std::string& directory) const {
    write_npy(directory + "/counts.npy", counts_, {num_items(), num_items()});
    write_npy(directory + "/popularity.npy", popularity_);
  }

  static std::unique_ptr<CountingRetriever> load(const std::string& directory) {
    auto model = std::make_unique<CountingRetriever>();
    const NpyFile<float> counts(directory + "/counts.npy");
    const NpyFile<uint64_t> popularity(directory + "/popularity.npy");
    model->counts_.assign(counts.values().begin(), counts.values().end());
    model->popularity_.assign(popularity.values().begin(), popularity.values().end());
    model->fill_ = PopularityFill(model->popularity_);
    return model;
  }

  std::string kind() const override { return kKind; }
  size_t num_items() const override { return popularity_.size(); }

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    ItemFilter filter(num_items());
    std::vector<float> scores(num_items());
    for (size_t q = 0; q < queries.size(); ++q) {
      score_all(queries[q], scores);
      filter.set(queries[q]);
      const std::span row = out.subspan(q * k, k);
      fill_.fill(filter, row, top_k(scores, filter, row));
    }
  }

  void score_all(const Query& query, std::span<float> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0f);
    for (const ItemId item : query.history.items) {
      for (size_t j = 0; j < scores.size(); ++j) scores[j] += count(item, j);
    }
  }

  std::vector<std::vector<Contribution>> explain(const Query& query,
                                                 std::span<const ItemId> items) const override {
    std::vector<std::vector<Contribution>> result;
    for (const ItemId item : items) result.push_back(explain_one(query, item));
    return result;
  }

  std::vector<ScoredItem> similar(ItemId item, size_t k) const override {
    const std::span row(counts_.data() + index(item) * num_items(), num_items());
    std::vector<ScoredItem> best(k);
    best.resize(top_k(row, ItemFilter(num_items()), best));
    return best;
  }

 private:
  std::vector<Contribution> explain_one(const Query& query, ItemId item) const {
    std::vector<Contribution> parts;
    for (uint32_t at = 0; at < query.history.size(); ++at) {
      const float share = count(query.history.items[at], index(item));
      if (share > 0) parts.push_back({at, share});
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const auto& a, const auto& b) { return a.share > b.share; });
    return parts;
  }

  float count(ItemId item, size_t other) const {
    return counts_[index(item) * num_items() + other];
  }

  std::vector<float> counts_;  // (items, items)
  std::vector<uint64_t> popularity_;
  PopularityFill fill_;
};

}  // namespace kaskad
