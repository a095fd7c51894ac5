// A retriever for tests: scores fall with the item's number, the same for everybody.
#pragma once

#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

class FallingOrder : public Retriever {
 public:
  explicit FallingOrder(size_t num_items) : num_items_(num_items) {}

  std::string kind() const override { return "falling"; }
  size_t num_items() const override { return num_items_; }
  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    for (size_t q = 0; q < queries.size(); ++q) {
      std::vector<float> scores(num_items_);
      score_all(queries[q], scores);
      ItemFilter filter(num_items_);
      filter.set(queries[q]);
      const auto row = out.subspan(q * k, k);
      const size_t used = top_k(scores, filter, row);
      std::fill(row.begin() + static_cast<ptrdiff_t>(used), row.end(), ScoredItem{});
    }
  }
  void score_all(const Query&, std::span<float> scores) const override {
    for (size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<float>(num_items_ - i);
  }

 private:
  size_t num_items_;
};

}  // namespace kaskad
