// A Retriever whose scores are weighted sums over its parts: a blend of matrices, an ensemble of
// models. What fitting the weights sees of it.
#pragma once

#include <span>

#include "kaskad/model/retriever.h"

namespace kaskad {

class PartedRetriever : public Retriever {
 public:
  virtual size_t num_parts() const = 0;

  // What each part alone adds to the score of every item at weight 1: `evidence` is (parts, items),
  // not negative, 0 where the part says nothing and for items of the history.
  virtual void score_parts(const Query& query, std::span<float> evidence) const = 0;

  // Replaces the weights (parts). Not while another thread asks the model.
  virtual void set_weights(std::span<const double> weights) = 0;
};

}  // namespace kaskad
