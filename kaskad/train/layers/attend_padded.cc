#include <torch/version.h>

#include <cmath>

#include "kaskad/train/layers/attend.h"

namespace kaskad::train {
namespace {

// Added to scores of keys that must not be seen. Finite, so that a place of padding, which sees
// nothing, gives no NaN.
constexpr double kHidden = -1e9;

// (batch, 1, 1 or length, length) bool: may the query see the key?
torch::Tensor visible_keys(const Rows& rows, bool causal, const torch::TensorOptions& options) {
  const torch::Tensor real = rows.pad(torch::ones({rows.place.size(0)}, options)).to(torch::kBool);
  const torch::Tensor keys = real.view({rows.batch, 1, 1, rows.length});
  if (!causal) return keys;
  const torch::Tensor triangle =
      torch::ones({rows.length, rows.length}, options).tril().to(torch::kBool);
  return keys.logical_and(triangle);
}

// (heads, length, length): the bias of each pair of places by their distance.
torch::Tensor bias_of_pairs(const torch::Tensor& bias, int64_t length) {
  const torch::Tensor place = torch::arange(length, bias.options().dtype(torch::kInt64));
  const torch::Tensor distance =
      (place.unsqueeze(1) - place.unsqueeze(0)).abs().clamp_max(bias.size(1) - 1);
  return bias.index_select(1, distance.flatten()).view({bias.size(0), length, length});
}

// (3, batch, heads, length, size) with zeros at padding.
torch::Tensor split_heads(const torch::Tensor& qkv, const Rows& rows, int64_t heads) {
  return rows.pad(qkv)
      .view({rows.batch, rows.length, 3, heads, qkv.size(1) / 3 / heads})
      .permute({2, 0, 3, 1, 4});
}

// (batch, heads, length, size) -> (rows, dimension)
torch::Tensor join_heads(const torch::Tensor& out, const Rows& rows) {
  return rows.pack(out.transpose(1, 2).reshape({rows.batch, rows.length, -1}));
}

}  // namespace

torch::Tensor attend_padded(const torch::Tensor& qkv, const torch::Tensor& bias, const Rows& rows,
                            const AttentionOptions& options, const Dropout& dropout) {
  const int64_t size = qkv.size(1) / 3 / options.heads;
  const torch::Tensor split = split_heads(qkv, rows, options.heads);
  const torch::Tensor q = split[0], k = split[1], v = split[2];
  const torch::Tensor visible = visible_keys(rows, options.causal, qkv.options());
  torch::Tensor weights = torch::matmul(q, k.transpose(-1, -2));
  if (options.kind == AttentionKind::kSoftmax) {
    weights = (weights / std::sqrt(static_cast<double>(size)))
                  .masked_fill(visible.logical_not(), kHidden)
                  .softmax(-1);
  } else {
    const torch::Tensor seen = visible.to(qkv.scalar_type());
    weights = torch::silu(weights + bias_of_pairs(bias, rows.length)) * seen /
              seen.sum(-1, /*keepdim=*/true).clamp_min(1);
  }
  return join_heads(torch::matmul(dropout.forward(weights), v), rows);
}

torch::Tensor attend_fused(const torch::Tensor& qkv, const Rows& rows,
                           const AttentionOptions& options, const Dropout& dropout) {
#if TORCH_VERSION_MAJOR >= 2
  const torch::Tensor split = split_heads(qkv, rows, options.heads);
  const torch::Tensor visible = visible_keys(rows, options.causal, qkv.options());
  const torch::Tensor hidden = (visible.to(qkv.scalar_type()) - 1) * -kHidden;
  const torch::Tensor mask = hidden.expand({rows.batch, 1, rows.length, rows.length});
  const double probability = dropout.active() ? dropout.probability() : 0;
  return join_heads(
      at::scaled_dot_product_attention(split[0], split[1], split[2], mask, probability), rows);
#else
  return attend_padded(qkv, {}, rows, options, dropout);
#endif
}

torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& bias, const Rows& rows,
                     const AttentionOptions& options, const Dropout& dropout) {
  if (options.kind == AttentionKind::kSilu) {
    return attend_padded(qkv, bias, rows, options, dropout);
  }
  return qkv.is_cpu() ? attend_rows(qkv, rows, options, dropout)
                      : attend_fused(qkv, rows, options, dropout);
}

}  // namespace kaskad::train
