// A history as what the candidates of an amortized ranker attend to: what its graph history.onnx
// computes where places see each other, without the graph.
//   x = tokens[event] + positions[place] + gaps[gap] + actions[action]
//   each layer: keys, values = in(norm1(x)), and for the next
//               x += out(attention(in(norm1(x)), keys, values)); x += down(relu(up(norm2(x))))
// Called by kaskad/ranking; the plain form is encode_history_reference().
#pragma once

#include "kaskad/core/pool.h"
#include "kaskad/kernels/candidate_parts.h"

namespace kaskad {

// Of one history (events): the first token, num_tokens(), stands in front of all of them. Gaps and
// actions are read where the weights have them.
struct EventList {
  std::span<const int64_t> tokens, gaps, actions;
};

// Keys and values of each layer, (heads, events, size): those of layer l are 2 l and 2 l + 1.
using HistoryArrays = std::vector<std::vector<float>>;

// Read-only, thread-safe; a call runs on the thread that makes it.
class HistoryKernel {
 public:
  // The weights, which have their EventWeights, must outlive it. Throws Error where they do not fit
  // together.
  explicit HistoryKernel(const CandidateWeights& weights);
  ~HistoryKernel();

  // `out` has an array of the right size for each. At least one event, and no more than there are
  // places; tokens, gaps and actions must be in range.
  void encode(const EventList& events, HistoryArrays& out) const;

 private:
  struct Scratch {
    std::vector<TileScratch> tiles;
    PackedKeys keys;
  };

  const CandidateWeights& weights_;
  const CandidateParts parts_;
  mutable Pool<Scratch> scratch_;
};

void encode_history_reference(const CandidateWeights& weights, const EventList& events,
                              HistoryArrays& out);

}  // namespace kaskad
