// The contract between rank models, their trainer and the export: a history and candidates in, a
// logit for each candidate and head out.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/kernels/candidate_weights.h"
#include "kaskad/onnx/graph.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/item_frequency.h"
#include "kaskad/train/layers/cross_layer.h"
#include "kaskad/train/layers/dropout.h"
#include "kaskad/train/layers/item_table.h"
#include "kaskad/train/layers/linear.h"
#include "kaskad/train/rank/action_table.h"
#include "kaskad/train/rank/rank_batch.h"

namespace kaskad::train {

// What a rank model is made for.
struct RankTask {
  int64_t num_items = 0;
  int64_t heads = 1;
  int64_t numbers = kRetrievalNumbers;     // of a candidate beside its id
  bool gaps = false;                       // the log has a clock: times between events are asked
  int64_t actions = 0;                     // types of the history's actions; 0: they are not asked
  const FeatureTable* features = nullptr;  // of items; null: by id alone
  // Of models with a query tower.
  bool ages = false;                         // times from events to the request are asked
  const QuerySide* query_side = nullptr;     // what it sees beside the history
  const FeatureTable* users = nullptr;       // whose features those of its users are
  std::vector<double> base_logits = {};      // (heads) of the share of positives; none: 0
  std::vector<double> head_weights = {};     // (heads) in the final score; none: 1
  const ItemFrequency* frequency = nullptr;  // of items as positives: LogQ's q
};

// ONNX files as NeuralRanker reads them; `history` is empty for a model of one graph.
struct RankGraphs {
  std::string history, candidates;
};

class RankModel : public torch::nn::Module {
 public:
  ~RankModel() override = default;

  // (lists, m, heads). A candidate's logits do not depend on the other candidates unless
  // recipe.sees_list(), and never on their order nor on padding. Honours train()/eval() for
  // dropout.
  virtual torch::Tensor score(const RankBatch& batch) = 0;
  virtual RankGraphs graphs() const = 0;
  // What is taught of a batch, a scalar; `weights` (heads). By default rank_loss() of the logits.
  virtual torch::Tensor loss(const RankBatch& batch, const torch::Tensor& weights);
  // What kaskad/kernels/candidate_kernel.h scores without a graph; none of other architectures.
  virtual std::optional<CandidateWeights> candidate_weights() const { return std::nullopt; }

 protected:
  // `width` of what goes into the head; 0: there is no head.
  RankModel(const Recipe& recipe, const RankTask& task, int64_t width);
  RankModel(const Recipe& recipe, const RankTask& task)
      : RankModel(recipe, task, recipe.dimension) {}
  // Every matrix and table from N(0, init_std); the end of a constructor.
  void draw_weights();

  // Token vectors (..., dimension) of tokens of any shape; zeros where the token is kPadding.
  torch::Tensor embed(const torch::Tensor& tokens) const;
  // The same times sqrt(dimension), as SASRec: of the size of what is added to it or made of it.
  torch::Tensor embed_scaled(const torch::Tensor& tokens) const;
  Value emit_scaled(Graph& graph, const Value& tokens) const;
  // Of the history's events alike, of their items and with task.actions of their actions
  // (lists, length, dimension); `actions` is read with task.actions alone.
  torch::Tensor embed_events(const RankBatch& batch) const;
  Value emit_events(Graph& graph, const Value& tokens, const Value& actions) const;
  // c (..., width), numbers (..., task.numbers) -> (..., heads):
  //   x = [c; numbers], through recipe.head_cross_layers;  out( relu( in(x) ) )
  torch::Tensor head(const torch::Tensor& c, const torch::Tensor& numbers) const;
  Value emit_head(Graph& graph, const Value& c, const Value& numbers) const;

  const Recipe recipe_;
  const RankTask task_;
  std::shared_ptr<DropoutMasks> masks_;
  std::shared_ptr<ItemTable> items_;
  std::shared_ptr<ActionTable> actions_;  // null unless task.actions

 private:
  Value emit_times_root(Graph& graph, const Value& x) const;  // x * sqrt(dimension)

  std::vector<std::shared_ptr<CrossLayer>> head_cross_;
  std::shared_ptr<Linear> head_in_, head_out_;
};

std::shared_ptr<RankModel> make_rank_model(const Recipe& recipe, const RankTask& task);

}  // namespace kaskad::train
