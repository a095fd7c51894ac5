// The body of a sequence model: vectors of tokens, their positions counted from the end, optionally
// the time since the event before, then blocks.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "kaskad/train/layers/block.h"
#include "kaskad/train/layers/embedding.h"
#include "kaskad/train/layers/layer_norm.h"

namespace kaskad::train {

struct EncoderOptions {
  int64_t blocks = 2;
  bool time_gaps = false;
  bool input_norm = false;  // LayerNorm of the sum of embeddings, as BERT
  double token_scale = 1;   // of the tokens' vectors before the rest is added; SASRec sqrt(d)
  BlockOptions block;

  static EncoderOptions of(const Recipe& recipe);
};

class Encoder : public torch::nn::Module {
 public:
  Encoder(const EncoderOptions& options, const std::shared_ptr<DropoutMasks>& masks);

  // `tokens` (rows, dimension); `gaps` (batch, length) or undefined. -> (rows, dimension)
  torch::Tensor forward(const torch::Tensor& tokens, const torch::Tensor& gaps,
                        const Rows& rows) const;
  // `tokens` (batch, length, dimension); `gaps` (batch, length), read only with time_gaps.
  // -> (batch, dimension) at the newest place: the last block computes no other.
  Value emit(Graph& graph, const Value& tokens, const Value& gaps, const GraphRows& rows) const;
  // The same at all places -> (batch, length, dimension). `gaps` and `rows` may have one history
  // that stands for all of the batch.
  Value emit_all(Graph& graph, const Value& tokens, const Value& gaps, const GraphRows& rows) const;

 private:
  // With `newest_only` the last block is asked for the newest place alone.
  Value emit_blocks(Graph& graph, const Value& tokens, const Value& gaps, const GraphRows& rows,
                    bool newest_only) const;

  EncoderOptions options_;
  std::shared_ptr<Embedding> positions_, gaps_;
  std::shared_ptr<LayerNorm> input_norm_, final_norm_;  // final_norm_ null for post-norm blocks
  std::shared_ptr<Dropout> dropout_;
  std::vector<std::shared_ptr<Block>> blocks_;
};

}  // namespace kaskad::train
