// The side of InteractRank that is run once a request: query text, session, user and time become
// one vector a head. Groups -> GroupNet each -> side by side, LayerNorm -> crossing -> network.
#pragma once

#include <memory>
#include <vector>

#include "kaskad/train/layers/cross_layer.h"
#include "kaskad/train/layers/embedding.h"
#include "kaskad/train/layers/group_net.h"
#include "kaskad/train/layers/layer_norm.h"
#include "kaskad/train/layers/mask_net.h"
#include "kaskad/train/layers/user_features.h"
#include "kaskad/train/rank/rank_batch.h"
#include "kaskad/train/rank/rank_model.h"
#include "kaskad/train/rank/session_pool.h"

namespace kaskad::train {

class QueryTower : public torch::nn::Module {
 public:
  QueryTower(const Recipe& recipe, const RankTask& task,
             const std::shared_ptr<DropoutMasks>& masks);

  // `events` (lists, length, dimension) of the history, its items and actions; undefined where
  // there is no session. -> (lists, outputs, dimension), not yet of unit length
  torch::Tensor forward(const RankBatch& batch, const torch::Tensor& events) const;

  // The inputs of the graph beside the history.
  struct Inputs {
    Value tokens, ages;  // of the history
    Value events;        // float (1, length, dimension)
  };
  Value emit(Graph& graph, const Inputs& inputs) const;

  bool asks_session() const { return session_ != nullptr; }
  bool asks_ages() const { return ages_ != nullptr; }
  int64_t outputs() const { return outputs_; }
  // After weights were drawn: what must begin as something else.
  void start();

 private:
  torch::Tensor text_of(const RankBatch& batch) const;     // undefined: nothing is asked
  torch::Tensor context_of(const RankBatch& batch) const;  // likewise
  Value emit_text(Graph& graph) const;
  Value emit_context(Graph& graph) const;
  Value emit_scaled(Graph& graph, const Value& x) const;

  int64_t dimension_, outputs_;
  double scale_;  // of what is looked up: sqrt(dimension)
  std::shared_ptr<Embedding> words_, queries_, ages_, clock_;
  std::shared_ptr<UserFeatures> users_;
  std::shared_ptr<LayerNorm> context_norm_, norm_, hidden_norm_;
  std::shared_ptr<SessionPool> session_;
  std::shared_ptr<GroupNet> text_net_, session_net_, context_net_;
  torch::Tensor nothing_;  // (1, dimension) where no group is asked
  std::shared_ptr<MaskNet> mask_net_;
  std::vector<std::shared_ptr<CrossLayer>> cross_;
  std::shared_ptr<Linear> hidden_, out_;
};

}  // namespace kaskad::train
