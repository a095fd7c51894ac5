// One layer of an encoder: what a recipe's BlockKind names. D is dropout, LN LayerNorm, MHA
// multi-head attention, FFN feed_forward.h, * by element.
//   post-norm  x = LN(x + D(MHA(x)));  x = LN(x + D(FFN(x)))          (1706.03762, BERT4Rec)
//   pre-norm   x = x + D(MHA(LN x));   x = x + D(FFN(LN x))           (SASRec, 1808.09781)
//   ligr       x = x + sigmoid(W1 x) * D(MHA(LN x))
//              x = x + sigmoid(W2 x) * D(SwiGLU(LN x)), no bias       (2502.03417)
//   hstu       u, q, k, v = silu(W LN x);  x = x + D(Wo (LN(attend(q, k, v)) * u))   (2402.17152)
// HSTU's relative bias is here of position alone; time enters by the gaps between events, if the
// recipe asks for them.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/layers/attend.h"
#include "kaskad/train/layers/feed_forward.h"

namespace kaskad::train {

class Block : public torch::nn::Module {
 public:
  ~Block() override = default;

  // x (rows, dimension) -> (rows, dimension)
  virtual torch::Tensor forward(const torch::Tensor& x, const Rows& rows) = 0;
  // x (batch, length, dimension) -> (batch, length or 1, dimension): of the places that are asked
  virtual Value emit(Graph& graph, const Value& x, const GraphRows& rows) const = 0;
};

struct BlockOptions {
  BlockKind kind = BlockKind::kPreNorm;
  int64_t dimension = 64;
  int64_t heads = 1;
  int64_t inner = 64;                         // of the feed-forward network
  Activation activation = Activation::kRelu;  // pre- and post-norm
  int64_t max_history = 200;                  // distances that HSTU's bias tells apart
  bool causal = true;
  double dropout = 0;

  // What the recipe says, with the papers' inner width where it says 0.
  static BlockOptions of(const Recipe& recipe);
};

std::shared_ptr<Block> make_block(const BlockOptions& options,
                                  const std::shared_ptr<DropoutMasks>& masks);

}  // namespace kaskad::train
