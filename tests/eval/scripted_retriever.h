// A retriever whose scores are written in the test: the same for everybody.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "kaskad/model/top_k.h"

namespace kaskad {

class ScriptedRetriever : public Retriever {
 public:
  explicit ScriptedRetriever(std::vector<float> scores, bool scores_every_item = false)
      : scores_(std::move(scores)), scores_every_item_(scores_every_item) {}

  std::string kind() const override { return "scripted"; }
  size_t num_items() const override { return scores_.size(); }
  bool scores_every_item() const override { return scores_every_item_; }

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    ItemFilter filter(scores_.size());
    for (size_t q = 0; q < queries.size(); ++q) {
      filter.set(queries[q]);
      const auto row = out.subspan(q * k, k);
      const size_t used = top_k(scores_, filter, row, score_floor(*this));
      std::fill(row.begin() + static_cast<ptrdiff_t>(used), row.end(), ScoredItem{});
    }
  }

  void score_all(const Query&, std::span<float> scores) const override {
    std::copy(scores_.begin(), scores_.end(), scores.begin());
  }

 private:
  std::vector<float> scores_;
  bool scores_every_item_;
};

}  // namespace kaskad
