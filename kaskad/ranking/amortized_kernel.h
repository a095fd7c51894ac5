// An amortized ranker without its graphs: kaskad/kernels/candidate_kernel.h and, where places of a
// history see each other, history_kernel.h, on weights that training left beside the graphs. Used
// by NeuralRanker, which says when.
//   candidates.json  shape of the weights
//   candidates.npy   float (all): every array of CandidateWeights, one after the other
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kaskad/kernels/candidate_kernel.h"
#include "kaskad/kernels/history_kernel.h"
#include "kaskad/ranking/history_encoder.h"
#include "kaskad/ranking/neural_inputs.h"

namespace kaskad {

// What scores the candidates: the graph in ONNX Runtime, or the kernel in a precision.
enum class RankKernel { kOnnx, kFp32, kInt8 };

std::string to_string(RankKernel kernel);               // "onnx", "fp32", "int8"
RankKernel parse_rank_kernel(const std::string& text);  // throws Error naming the allowed ones

void save_weights(const std::string& directory, const CandidateWeights& weights);
// Throws Error naming the file when it is missing, or holds another shape than it says.
CandidateWeights load_weights(const std::string& directory);

// Thread-safe.
class AmortizedKernel {
 public:
  // `encoder` gives the keys; what it encodes from now on has them packed, and where the weights
  // tell what events are made of, it encodes by the kernel. `numbers` is the width of a request's
  // numbers, `actions` that of the scores. The weights and the encoder must outlive it. Throws
  // Error where one does not fit.
  AmortizedKernel(const CandidateWeights& weights, RankKernel kernel, size_t numbers,
                  size_t actions, const NeuralInputs& inputs, HistoryEncoder& encoder);

  // out (candidates, actions)
  void score(const EncodedHistory& history, const NeuralRequest& request,
             std::span<float> out) const;

 private:
  void encode_by_kernel(const CandidateWeights& weights, const NeuralInputs& inputs,
                        HistoryEncoder& encoder);

  const CandidateKernel kernel_;
  const std::vector<size_t> outputs_;  // of history.onnx: keys and values of each layer
  std::optional<HistoryKernel> history_;
};

}  // namespace kaskad
