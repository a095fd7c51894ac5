// Amortized ranking (2412.06924): queries come from history and candidates, keys and values from
// the history alone, so all candidates are scored in one pass over it. Cost O((n + m) d^2 +
// (n^2 + n m) d), linear in the m candidates. With candidate_mask = "history_self" a candidate also
// sees itself (HSTU's M-FALCON, 2402.17152). All candidates stand at one place. The begin token in
// front of every history is the key that an empty history has.
// With candidate_mask = "list" a candidate sees the history and all candidates: a score then tells
// how it compares with this list, for m^2 d more.
#pragma once

#include "kaskad/train/layers/embedding.h"
#include "kaskad/train/layers/feed_forward.h"
#include "kaskad/train/layers/layer_norm.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

// One layer over both streams, pre-norm; the streams share all weights.
class AmortizedBlock : public torch::nn::Module {
 public:
  // (batch, heads, length, size) each
  struct Keys {
    torch::Tensor keys, values;
  };
  struct GraphKeys {
    Value keys, values;
  };

  AmortizedBlock(const Recipe& recipe, const std::shared_ptr<DropoutMasks>& masks);

  // x (batch, length, dimension); hidden (batch, 1, length or 1, length) is true where a place must
  // not see a key. Returns the next x and what candidates attend to.
  std::pair<torch::Tensor, Keys> history(const torch::Tensor& x, const torch::Tensor& hidden) const;
  // c (batch, m, dimension); hidden (batch, 1, 1, length); of the candidates hidden_candidates
  // (batch, 1, 1, m), read where they see each other
  torch::Tensor candidates(const torch::Tensor& c, const Keys& keys, const torch::Tensor& hidden,
                           const torch::Tensor& hidden_candidates) const;

  // The same for one history without padding; `visible` (length, keys) has no name where every
  // place sees all. `past` has no names, or is of the places before x; what is returned then has
  // those of both.
  std::pair<Value, GraphKeys> emit_history(Graph& graph, const Value& x, const GraphKeys& past,
                                           const Value& visible) const;
  // Of the last block, behind which nobody asks for the history.
  GraphKeys emit_keys(Graph& graph, const Value& x, const GraphKeys& past) const;
  Value emit_candidates(Graph& graph, const Value& c, const GraphKeys& keys) const;

 private:
  torch::Tensor split(const torch::Tensor& qkv, int64_t part) const;
  torch::Tensor finish(const torch::Tensor& x, const torch::Tensor& attended) const;
  Value emit_part_of(Graph& graph, const Value& qkv, int64_t part) const;
  GraphKeys emit_behind(Graph& graph, const GraphKeys& past, const GraphKeys& keys) const;
  Value emit_finish(Graph& graph, const Value& x, const Value& attended) const;

  int64_t dimension_, heads_;
  bool self_;  // candidates see themselves
  bool list_;  // candidates see each other, and themselves
  std::shared_ptr<LayerNorm> norm1_, norm2_;
  std::shared_ptr<Linear> in_, out_;
  std::shared_ptr<FeedForward> feed_forward_;
  std::shared_ptr<Dropout> dropout_;
};

class Amortized : public RankModel {
 public:
  Amortized(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  RankGraphs graphs() const override;
  // One graph of one stream with a dense mask, for tests and benchmarks.
  std::string reference_graph() const;
  std::optional<CandidateWeights> candidate_weights() const override;

 private:
  std::string history_graph() const;
  std::string candidates_graph() const;
  std::vector<AmortizedBlock::GraphKeys> emit_past(Graph& graph) const;
  std::vector<Dimension> keys_shape(const std::string& places) const;

  std::shared_ptr<Embedding> positions_;            // from the begin token on
  std::shared_ptr<Embedding> gaps_, request_gaps_;  // null unless task.gaps
  std::vector<std::shared_ptr<AmortizedBlock>> blocks_;
  std::shared_ptr<LayerNorm> final_norm_;
};

}  // namespace kaskad::train
