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

// (heads)
Tensor pointwise(const Tensor& logits, const RankBatch& batch) {
  const Tensor label = batch.labels.gt(0).to(logits.dtype());
  const Tensor loss = torch::softplus(logits) - logits * label;
  const Tensor real = batch.real.unsqueeze(2).to(logits.dtype());
  return (loss * real).sum({0, 1}) / real.sum().clamp_min(1);
}

}  // namespace

Tensor rank_loss(const Tensor& logits, const RankBatch& batch, ListLoss kind,
                 const Tensor& weights) {
  const Tensor of_heads =
      kind == ListLoss::kListwise ? listwise(logits, batch) : pointwise(logits, batch);
  return (of_heads * weights).sum();
}

}  // namespace kaskad::train
