// How alike two items are by one feature, from 0 to 1: the share of their categories that they have
// in common (Jaccard), or the cosine of their vectors where it is positive. Called by blending.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kaskad/cascade/item_facts.h"

namespace kaskad {

// Read-only, thread-safe.
class Likeness {
 public:
  // Throws Error when there is no such feature. `facts` must outlive it.
  Likeness(const ItemFacts& facts, const std::string& feature);

  // 0 where nothing is known of one of them.
  float operator()(ItemId a, ItemId b) const;

 private:
  const ItemFacts& facts_;
  const CategoricalFeature* categories_;
  const DenseFeature* vectors_;  // of these two one
};

}  // namespace kaskad
