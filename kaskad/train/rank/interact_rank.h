// InteractRank (2504.06609): a pre-ranker whose cost is that of two towers, and that sees what two
// towers cannot say. The final logit of head h
//   <q_h, p> exp(w) + sum_j w_j x_j + b_h
// adds to the dot product of unit vectors the numbers x_j of the candidate, counters C(q, p)/C(q)
// above all. All heads share w and w_j; w begins at a dot product of up to 4, w_j at 0. The loss is
//   sum_h weight_h loss_h + softmax_weight * in-batch softmax with LogQ over the towers' vectors
// Served by kaskad/ranking/interact_ranker.h.
#pragma once

#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/train/layers/tower.h"
#include "kaskad/train/layers/unit_length.h"
#include "kaskad/train/rank/query_tower.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class InteractRank : public RankModel {
 public:
  InteractRank(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  torch::Tensor loss(const RankBatch& batch, const torch::Tensor& weights) override;
  // history: query.onnx, candidates: item.onnx.
  RankGraphs graphs() const override;

  // What is served beside the graphs. `learned` (items): the others are known by features alone.
  std::vector<float> all_vectors(std::span<const uint8_t> learned) const;  // (items + 1, dimension)
  InteractAffine affine() const;

  // In-batch softmax over the positives of the batch; 0 where there is none.
  torch::Tensor softmax_loss(const RankBatch& batch, const torch::Tensor& queries);
  // (lists, heads, dimension) of unit length.
  torch::Tensor queries(const RankBatch& batch) const;
  // Of unit length; ids and rows as RankBatch has them -> (..., dimension)
  torch::Tensor items(const torch::Tensor& candidates, const torch::Tensor& rows) const;

 private:
  torch::Tensor logits(const torch::Tensor& queries, const RankBatch& batch) const;
  torch::Tensor dot_weight() const;
  int64_t skipped() const { return recipe_.retrieval_scores ? 0 : kRetrievalNumbers; }
  std::string query_graph() const;
  std::string item_graph() const;

  std::shared_ptr<QueryTower> query_tower_;
  std::shared_ptr<Tower> item_tower_;
  std::shared_ptr<Temperature> temperature_;
  torch::Tensor log_dot_;  // (1)
  torch::Tensor cross_;    // (numbers) w_j
  torch::Tensor biases_;   // (heads)
};

}  // namespace kaskad::train
