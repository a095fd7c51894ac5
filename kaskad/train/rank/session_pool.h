// The last events before a request as one vector (InteractRank, 2504.06609). With e_i the vector of
// event i (item + action + how long ago) and t that of the query's text
//   u = sum_i alpha_i e_i + sum_i softmax_i( <t, e_i> / sqrt(d) ) e_i
// where alpha has a learned number for each place from the end; each sum can be left out, and where
// both are it is the mean. With an encoder in front the e_i are its outputs, and the one at the end
// takes the place of the first sum.
#pragma once

#include <memory>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/layers/encoder.h"

namespace kaskad::train {

class SessionPool : public torch::nn::Module {
 public:
  // `attends`: there is a query to attend with, and the recipe asks for it.
  SessionPool(const Recipe& recipe, bool attends, const std::shared_ptr<DropoutMasks>& masks);

  // `tokens` (lists, length) say where padding is; `events` (lists, length, dimension), `text`
  // (lists, dimension) -> (lists, dimension)
  torch::Tensor forward(const torch::Tensor& tokens, const torch::Tensor& events,
                        const torch::Tensor& text) const;
  // Of one list without padding; shapes as above.
  Value emit(Graph& graph, const Value& tokens, const Value& events, const Value& text) const;

  // As of a mean over a long session, for when the weights have been drawn at random.
  void start();

 private:
  bool attends_, by_place_;
  int64_t dimension_;
  torch::Tensor alpha_;               // (max_history + 1) from the newest on; undefined: unused
  std::shared_ptr<Encoder> encoder_;  // null: none
};

}  // namespace kaskad::train
