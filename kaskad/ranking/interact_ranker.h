// The pre-ranker of InteractRank (2504.06609), kind "interact_rank", written by training. What
// depends on the item lies ready: its vector, and how often it was taken in answer to the query.
// A request runs the query tower once, then one pass over the candidates:
//   head h = <q_h, p> + sum_j w_j x_j + b_h        p the item's vector, x_j counters and features
//   final  = <q, p> + sum_j U w_j x_j + B          q = sum_h u_h q_h, U = sum_h u_h, B likewise
// with u_h the weights of the heads, so that the final score costs one dot product however many
// heads there are. What the counters among the x_j add to it lies ready by pair of query and item
// (counter_sums.h): a candidate costs one addition for all of them. score_heads() is the plain
// form.
//   query.onnx    history, query, user -> q_h (1, heads, dimension); the dot's weight is in it
//   item.onnx     what is known of an item -> p (items, dimension): for items that came later;
//                 nothing here runs it
//   vectors.npy   (items + 1, dimension): p, row 0 of an item that nobody knows
//   learned.npy   (items) uint8: whether the item has learned events
//   affine.json   w_j of scaled x_j, b_h, and the scale of the counters
//   counters/     a counter store; features.json, scaler.json, ... features of candidates; both
//                 only where the recipe asks for them
//   query_side.*  see query_side.h
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/aligned_array.h"
#include "kaskad/core/pool.h"
#include "kaskad/counters/counter_sums.h"
#include "kaskad/kernels/pre_rank.h"
#include "kaskad/model/ranker.h"
#include "kaskad/onnx/session.h"
#include "kaskad/ranking/neural_inputs.h"

namespace kaskad {

struct InteractConfig {
  NeuralInputs inputs;
  size_t dimension = 64;
  bool retrieval_scores = false;  // rank and score of the retriever are among the x_j
};

void to_json(nlohmann::json& json, const InteractConfig& config);
// Throws Error naming the key that is missing or of another type.
void from_json(const nlohmann::json& json, InteractConfig& config);

// Of the layer that all heads share.
struct InteractAffine {
  std::vector<float> weights;  // w_j of retrieval's numbers, features, counters, as far as asked
  std::vector<float> biases;   // (heads)
};

struct InteractParts {
  std::string query = {}, item = {};  // ONNX files
  std::vector<float> vectors = {};    // (items + 1, dimension)
  std::vector<uint8_t> learned = {};  // (items)
  InteractAffine affine = {};
  QuerySide query_side = {};
  std::shared_ptr<const ScaledFeatures> features = {};  // null: none
  std::shared_ptr<const CounterStore> counters = {};    // null: none
  CounterScale counter_scale = {};
};

class InteractRanker : public Ranker {
 public:
  // Throws Error naming what does not fit.
  InteractRanker(const InteractConfig& config, InteractParts parts, std::vector<Head> heads);
  static std::unique_ptr<InteractRanker> load(const std::string& directory,
                                              const std::string& config_json,
                                              const std::vector<Head>& heads);
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override { return "interact_rank"; }
  size_t num_items() const override { return parts_.learned.size(); }
  const std::vector<Head>& heads() const override { return heads_; }
  std::vector<std::string> context_names() const override;
  std::vector<std::string> action_names() const override { return config_.inputs.actions; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;
  // Features of candidates, then counters of query and item.
  std::vector<std::string> feature_names() const override;
  void features(const RankRequest& request, std::span<float> out) const override;
  // The merged query vector: one dot product a candidate.
  void score(std::span<const RankRequest> requests, std::span<float> out) const override;

  std::shared_ptr<LivePages> live_pages() const override { return live_; }

  // Multiplications and additions of score() for a candidate whose counters go by item, and those
  // of the dot product in it.
  size_t flops_per_candidate() const {
    return 2 * (config_.dimension + merged_.size()) + (sums_ ? 2 : 1);
  }
  size_t flops_of_dot() const { return 2 * config_.dimension; }

 private:
  // What one request needs; keeps its memory for the next.
  struct Scratch {
    NeuralRequest request;
    std::vector<float> queries;  // (heads, dimension)
    std::vector<float> merged;   // (dimension)
    std::vector<float> numbers;  // (candidates, numbers of the pass): counters as counted
    std::vector<uint32_t> rows;  // (candidates) of the vectors
    std::vector<float> scores;   // (candidates) of one head
    CounterSums::Scratch sums;
  };
  enum class Input { kHistory, kActions, kAges, kTokens, kQuery, kUserCodes, kUserNumbers, kClock };

  void check_parts() const;
  void bind_inputs();
  void fold_scale();
  void run_query(const RankRequest& request, Scratch& scratch) const;
  void gather(const RankRequest& request, bool with_counters, Scratch& scratch) const;
  void score_one(const RankRequest& request, Scratch& scratch, float* scores) const;
  TensorView view(Input input, const NeuralRequest& request) const;
  size_t skipped() const { return config_.retrieval_scores ? 0 : kRetrievalNumbers; }
  size_t num_cross() const { return parts_.affine.weights.size(); }
  size_t num_given() const { return num_cross() - parts_.counter_scale.size(); }  // no counters

  const InteractConfig config_;
  // parts_.vectors, moved into large pages: a pass over candidates reads rows from all over it, and
  // waited for page tables as long as for the rows.
  const AlignedArray<float> vectors_;
  const InteractParts parts_;                 // without them
  const std::shared_ptr<LiveCounters> live_;  // null without counters
  const std::vector<Head> heads_;
  const RequestWriter writer_;  // of all but the counters: the pass reads them as they were counted
  const OnnxSession query_;
  std::vector<Input> inputs_;  // (inputs of query_)
  // w_j of numbers before they are scaled: of one head; of the merged heads, without counters.
  CrossWeights cross_, merged_;
  std::vector<float> biases_;  // (heads), what scaling subtracts included
  float merged_bias_ = 0, merged_weight_ = 0;
  std::unique_ptr<const CounterSums> sums_;  // of one head; null without counters
  mutable Pool<Scratch> scratch_;
};

// Lets load_ranker() find the kind.
void register_interact_ranker();

}  // namespace kaskad
