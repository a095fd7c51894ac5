// Scaled dot-product attention among the rows of each history, heads side by side in the columns.
//   softmax:  out_i = sum_j drop(softmax_j(<q_i, k_j> / sqrt(size))) v_j         (1706.03762)
//   silu:     out_i = 1/n_i sum_j drop(silu(<q_i, k_j> + bias[distance])) v_j    (HSTU, 2402.17152)
// j runs over the n_i events that i may see: all of the history, or those up to i.
#pragma once

#include <torch/torch.h>

#include "kaskad/onnx/graph.h"
#include "kaskad/train/layers/dropout.h"
#include "kaskad/train/layers/rows.h"

namespace kaskad::train {

enum class AttentionKind { kSoftmax, kSilu };

struct AttentionOptions {
  AttentionKind kind = AttentionKind::kSoftmax;
  int64_t heads = 1;
  bool causal = true;
};

// `qkv` (rows, 3 x dimension): queries, keys, values. `bias` (heads, distances), kSilu only: of
// keys 0, 1, ... places before the query; for keys behind it, of the same distance; the last for
// all that is farther. Returns (rows, dimension).
//
// Softmax: attend_rows() on the CPU, attend_fused() elsewhere. SiLU: attend_padded().
torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& bias, const Rows& rows,
                     const AttentionOptions& options, const Dropout& dropout);

// The plain form: padded to (batch, heads, length, length) with a mask. Any device.
torch::Tensor attend_padded(const torch::Tensor& qkv, const torch::Tensor& bias, const Rows& rows,
                            const AttentionOptions& options, const Dropout& dropout);

// Softmax by libtorch's scaled_dot_product_attention(), which keeps no scores on a GPU; its dropout
// is libtorch's own. attend_padded() with a libtorch older than 2.
torch::Tensor attend_fused(const torch::Tensor& qkv, const Rows& rows,
                           const AttentionOptions& options, const Dropout& dropout);

// Softmax on the CPU, history by history without padding, a few queries at a time: no more scores
// exist at once than fit the cache, none above the diagonal are computed, and the backward pass
// computes them again instead of keeping batch * heads * length^2 of them.
torch::Tensor attend_rows(const torch::Tensor& qkv, const Rows& rows,
                          const AttentionOptions& options, const Dropout& dropout);

// The same in a graph: `qkv` (batch, length, 3 x dimension) -> (batch, asked places, dimension).
Value emit_attend(Graph& graph, const Value& qkv, const torch::Tensor& bias, int64_t dimension,
                  const GraphRows& rows, const AttentionOptions& options);

}  // namespace kaskad::train
