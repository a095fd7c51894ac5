// Memory of one thread that asks a CoocModel.
#pragma once

#include <vector>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/cooc/score_row.h"

namespace kaskad {

struct CoocModel::Scratch {
  explicit Scratch(size_t num_items) : row(num_items), filter(num_items) {}

  std::vector<WeightedItem> events;
  ScoreRow row;
  std::vector<float> blended;  // (items), only for blends
  TopK top;
  ItemFilter filter;
};

}  // namespace kaskad
