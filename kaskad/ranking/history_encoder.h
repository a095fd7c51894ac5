// The first graph of an amortized ranker, from a history to keys and values of each layer, and the
// cache of its answers. A causal graph takes what it gave for a shorter history as further inputs
// and then encodes the new events alone.
//   inputs   "history", "gaps", "actions" int64 (1, new events); the latter two where asked
//            of causal graphs also "past_NAME" for each output NAME; 0 events when there are none
//   outputs  float, one dimension of each is the events, old and new
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/onnx/session.h"
#include "kaskad/ranking/history_cache.h"
#include "kaskad/ranking/neural_inputs.h"

namespace kaskad {

// Thread-safe.
class HistoryEncoder {
 public:
  // `graph` is an ONNX file in memory. Throws Error naming the tensor when it does not fit.
  HistoryEncoder(const std::string& graph, size_t cache_bytes);

  // Before the first encode(): `pack` makes EncodedHistory::packed of what the graph gave for so
  // many events, which is then kept only where longer histories extend it.
  using Pack = std::function<std::shared_ptr<const PackedKeys>(const EncodedHistory&, size_t)>;
  void pack_with(Pack pack) { pack_ = std::move(pack); }

  // Before the first encode(), of a graph that extends nothing: `encode` fills its outputs, sized
  // already, in its place. Throws Error of a causal graph.
  using Encode = std::function<void(const NeuralRequest&, std::vector<std::vector<float>>&)>;
  void encode_with(Encode encode);

  std::shared_ptr<const EncodedHistory> encode(const NeuralRequest& request) const;

  // Number of an output of that name; outputs() when there is none.
  size_t output(const std::string& name) const;
  size_t outputs() const { return session_.outputs().size(); }
  // Of output `number` for a history of so many events.
  std::vector<int64_t> shape(size_t number, size_t events) const;

  bool extends() const { return extends_; }
  CacheFigures cache() const { return cache_.figures(); }

 private:
  std::shared_ptr<EncodedHistory> run(const NeuralRequest& request, const EncodedHistory* past,
                                      size_t past_events) const;

  const OnnxSession session_;
  std::vector<size_t> past_of_;  // (inputs) output that the input has the past of; outputs(): none
  bool extends_ = false;
  Pack pack_;
  Encode encode_;  // or none
  mutable HistoryCache cache_;
};

}  // namespace kaskad
