// The Ranker of every model that is an ONNX graph over history and candidates: kind
// "neural_ranker", written by training.
//   history.onnx     amortized models alone: a history -> keys and values of each layer; see
//                    history_encoder.h
//   candidates.onnx  what history.onnx gives (others: the history), candidates -> scores
//   candidates.json, candidates.npy  what candidates.onnx computes as weights, for a kernel of our
//                    own; amortized models alone, see amortized_kernel.h
//   learned.npy      (items) uint8: whether the item has learned events
//   features.json, scaler.json, ...  only where candidates come with their features
// Inputs and outputs by name; batch is 1:
//   "history", and where asked "gaps" and "actions", int64 (1, events)
//   "candidates" int64 (1, m), "numbers" float (1, m, RequestWriter::numbers()),
//   "request_gap" int64 (1)
//   "scores" float (1, m, heads); outputs of history.onnx are inputs of candidates.onnx
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/model/ranker.h"
#include "kaskad/onnx/session.h"
#include "kaskad/ranking/amortized_kernel.h"
#include "kaskad/ranking/history_encoder.h"
#include "kaskad/ranking/neural_inputs.h"

namespace kaskad {

struct NeuralRankerConfig {
  std::string architecture;  // the recipe's model
  // What scores the candidates. Decided when the bundle is written: a kernel without its weights is
  // an error of loading, and nothing changes to the graph by itself.
  RankKernel kernel = RankKernel::kOnnx;
  NeuralInputs inputs;
  size_t block = 1024;            // candidates in one run of the graph: bounds its memory
  bool whole_list = false;        // candidates see each other: always one run, whatever the block
  size_t cache_bytes = 64 << 20;  // of encoded histories
};

void to_json(nlohmann::json& json, const NeuralRankerConfig& config);
// Throws Error naming the key that is missing or of another type.
void from_json(const nlohmann::json& json, NeuralRankerConfig& config);

// What a neural ranker is made of.
struct NeuralRankerParts {
  std::string history = {}, candidates = {};            // ONNX files; no history: one graph
  std::vector<uint8_t> learned = {};                    // (items)
  std::optional<CandidateWeights> weights = {};         // for the kernel; none: the graph alone
  std::shared_ptr<const ScaledFeatures> features = {};  // null: none are looked at
};

class NeuralRanker : public Ranker {
 public:
  // Throws Error naming the tensor when a graph or the weights do not fit.
  NeuralRanker(const NeuralRankerConfig& config, NeuralRankerParts parts, std::vector<Head> heads);
  static std::unique_ptr<NeuralRanker> load(const std::string& directory,
                                            const std::string& config_json,
                                            const std::vector<Head>& heads);
  void save(const std::string& directory) const;
  std::string config_json() const;
  const NeuralRankerConfig& config() const { return config_; }

  std::string kind() const override { return "neural_ranker"; }
  size_t num_items() const override { return parts_.learned.size(); }
  const std::vector<Head>& heads() const override { return heads_; }
  std::vector<std::string> context_names() const override;
  std::vector<std::string> action_names() const override { return config_.inputs.actions; }
  float tolerance() const override;
  std::optional<int64_t> counted_until() const override {
    return parts_.features ? parts_.features->features.counted_until() : std::nullopt;
  }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  std::vector<std::string> feature_names() const override;
  void features(const RankRequest& request, std::span<float> out) const override;

  // Nothing of a model of one graph, which encodes each history with its candidates.
  std::optional<CacheFigures> cache() const override {
    return history_ ? std::optional(history_->cache()) : std::nullopt;
  }

 private:
  void score_one(const NeuralRequest& request, std::span<float> out) const;
  void score_graph(const NeuralRequest& request, const EncodedHistory* encoded,
                   std::span<float> out) const;
  // What an input of candidates.onnx is given, found once by its name.
  struct GraphInput {
    enum class Source { kCandidates, kNumbers, kRequestGap, kHistory, kGaps, kActions, kEncoded };
    Source source;
    size_t output = 0;  // of history.onnx, where it is kEncoded
  };

  void bind_candidates();  // throws Error on a tensor that does not fit
  GraphInput bind(const TensorSpec& input) const;
  TensorView view(const GraphInput& input, const NeuralRequest& request,
                  const EncodedHistory* encoded, size_t first, size_t count) const;

  const NeuralRankerConfig config_;
  const NeuralRankerParts parts_;
  const std::vector<Head> heads_;
  const RequestWriter writer_;
  std::optional<HistoryEncoder> history_;
  std::optional<OnnxSession> candidates_;  // one of the two
  std::vector<GraphInput> inputs_;         // (inputs of candidates_)
  size_t scores_ = 0;                      // which of its outputs they are
  std::optional<AmortizedKernel> kernel_;
  mutable Pool<NeuralRequest> requests_;
};

// Lets load_ranker() find the kind.
void register_neural_ranker();

}  // namespace kaskad
