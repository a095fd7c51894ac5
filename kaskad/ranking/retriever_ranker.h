// A retriever as a ranker: its own scores put the candidates in order, so that a two-tower model or
// a matrix stands in the table of rankers. Called by `kaskad eval-ranker --retriever`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// The score of a candidate is what the retriever gives it for the history of the request, whoever
// retrieved it. An item that the retriever does not know gets the least score of the catalogue.
class RetrieverRanker : public Ranker {
 public:
  // Both must outlive the object; `dataset` has what the model reads of users beside the history.
  RetrieverRanker(const Retriever& retriever, const Dataset& dataset)
      : retriever_(retriever), dataset_(dataset) {}

  std::string kind() const override { return retriever_.kind(); }
  size_t num_items() const override { return retriever_.num_items(); }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;

 private:
  const Retriever& retriever_;
  const Dataset& dataset_;
  std::vector<Head> heads_ = {{"next", 1}};
};

// Whether a finished retriever may be asked these lists: throws Error when its items are others, or
// when the histories in the bundle say that it has learned the answers of a list, or do not say. A
// bundle of the lists' own split may always be asked those of the test: it was fitted for that.
void check_retriever(const Bundle& bundle, const Dataset& dataset, const Impressions& lists);

}  // namespace kaskad
