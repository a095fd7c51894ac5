#include "kaskad/train/rank/rank_loss.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

// (heads)
Tensor listwise(const Tensor& logits, const RankBatch& batch) {
  const Tensor padding = batch.real.logical_not().unsqueeze(2);
  const Tensor log_share = logits.masked_fill(padding, -1e9).log_softmax(1);
  const Tensor positive = batch.labels.gt(0).to(logits.dtype());
  const Tensor count = positive.sum(1);  // (lists, heads)
  const Tensor loss = -(log_share * positive).sum(1) / count.clamp_min(1);
  return loss.sum(0) / count.gt(0).sum(0).clamp_min(1);
}

// (heads); gamma 0: the cross-entropy itself
Tensor pointwise(const Tensor& logits, const RankBatch& batch, double gamma) {
  const Tensor label = batch.labels.gt(0).to(logits.dtype());
  Tensor loss = torch::softplus(logits) - logits * label;
  if (gamma > 0) loss = loss * (-(-loss).expm1()).pow(gamma);  // 1 - p = 1 - exp(-loss)
  const Tensor real = batch.real.unsqueeze(2).to(logits.dtype());
  return (loss * real).sum(torch::IntArrayRef({0, 1})) / real.sum().clamp_min(1);
}

}  // namespace

Tensor rank_loss(const Tensor& logits, const RankBatch& batch, const Recipe& recipe,
                 const Tensor& weights) {
  const double gamma = recipe.list_loss == ListLoss::kFocal ? recipe.focal_gamma : 0;
  const Tensor of_heads = recipe.list_loss == ListLoss::kListwise ? listwise(logits, batch)
                                                                  : pointwise(logits, batch, gamma);
  return (of_heads * weights).sum();
}

}  // namespace kaskad::train
