// A request as the inputs of a neural ranker: the same numbers in training and in serving.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/model/ranker.h"

namespace kaskad {

// How requests are written into the inputs of the graphs.
struct NeuralInputs {
  size_t max_history = 100;  // newest events taken
  bool gaps = false;         // the time between events is asked; needs a clock
};

// Of a candidate beside its id: 1 / rank and score / largest absolute score of the list; 0 where
// the retriever said nothing.
inline constexpr size_t kCandidateNumbers = 2;

// One request. The begin token stands in front of every history, so that none is empty.
struct NeuralRequest {
  std::vector<int64_t> tokens;  // (1 + events): items + 1, then item + 1 of each event, newest last
  std::vector<int64_t> gaps;    // (1 + events): bucket of the time since the event before
  int64_t request_gap = 0;      // bucket of the time from the newest event to the request
  std::vector<int64_t> candidates;  // (candidates): item + 1, 0 for what was never learned
  std::vector<float> numbers;       // (candidates, kCandidateNumbers)
};

// `learned` (items): whether the item has learned events; others are left out of histories and are
// unknown candidates. Vectors of `out` keep their memory.
void write_request(const RankRequest& request, const NeuralInputs& inputs,
                   std::span<const uint8_t> learned, NeuralRequest& out);

}  // namespace kaskad
