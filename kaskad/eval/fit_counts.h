// How often items were learned: what popularity, novelty and the head and tail segments stand on.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

struct FitCounts {
  std::vector<uint32_t> events;  // (items) learned events
  std::vector<uint32_t> users;   // (items) distinct users among them
  size_t num_users = 0;          // users with a learned event
};

FitCounts count_fit(const Dataset& dataset, const Phase& phase);

}  // namespace kaskad
