// How often items are positives of the training lists, and how rare a positive is. Made by
// train_ranker(), read by models that correct for either.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/dataset/impressions.h"

namespace kaskad::train {

struct Positives {
  std::vector<uint64_t> items;      // (items)
  std::vector<double> base_logits;  // (heads) log-odds of a candidate of a list with a positive
};

// `epsilon` above 0: `items` are the estimates of a count-min sketch, at least the count and with
// probability 99% at most epsilon times all positives above it.
Positives count_positives(const Impressions& lists, size_t num_items, double epsilon = 0);

}  // namespace kaskad::train
