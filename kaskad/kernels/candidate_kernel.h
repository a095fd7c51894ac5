// Scores of all candidates of a request in one pass over tiles of 48 of them, which stay in the
// first cache from their vectors to their scores. What depends on an item alone is prepared once a
// catalogue, keys and values once a history. Called by kaskad/ranking; the plain form is
// score_candidates_reference().
#pragma once

#include <memory>

#include "kaskad/core/pool.h"
#include "kaskad/kernels/candidate_parts.h"

namespace kaskad {

// Read-only, thread-safe; a call runs on the thread that makes it.
class CandidateKernel {
 public:
  // Takes tokens x dimension x (2, with self 4) floats. Throws Error on weights that do not fit
  // together.
  CandidateKernel(const CandidateWeights& weights, CandidatePrecision precision);
  ~CandidateKernel();

  // Of keys that history.onnx gave; the result outlives them.
  PackedKeys pack(const CandidateKeys& keys) const;

  // scores (m, actions). A candidate's scores are the same to the bit whichever others stand beside
  // it. At least one event; tokens and the gap must be in range.
  void score(const PackedKeys& keys, const CandidateList& list, std::span<float> scores) const;

 private:
  CandidateParts parts_;
  mutable Pool<TileScratch> scratch_;
};

}  // namespace kaskad
