// TransAct (2306.00248): every event stands beside the candidate, token = W [action; event;
// candidate], and an encoder over the events gives the score. Cost O(m (n^2 d + n d^2)) as of BST:
// nothing is shared between candidates but W0 a + W1 e of W [a; e; c] = W0 a + W1 e + W2 c, and W0
// a is a table of its own, a row an action.
//   head( max over places, the 10 newest places one behind the other ), zeros where there are fewer
// Differences from the paper: the sequence has places and gaps of time (encoder.h), and the time
// since the newest event goes into the candidate.
// In training the newest events are hidden (Recipe::window_mask), by RankBatcher.
#pragma once

#include "kaskad/train/layers/encoder.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class Transact : public RankModel {
 public:
  Transact(const Recipe& recipe, const RankTask& task);

  torch::Tensor score(const RankBatch& batch) override;
  RankGraphs graphs() const override;

 private:
  // encoded (pairs, length, dimension), zeros at padding, which is where `padding` (pairs, length)
  // is true -> (pairs, width of the head)
  torch::Tensor summary(const torch::Tensor& encoded, const torch::Tensor& padding) const;
  Value emit_summary(Graph& graph, const Value& encoded) const;

  std::shared_ptr<Embedding> request_gaps_;  // null unless task.gaps
  std::shared_ptr<Linear> of_event_, of_candidate_;
  std::shared_ptr<Encoder> encoder_;
};

}  // namespace kaskad::train
