#include "kaskad/train/layers/encoder.h"

#include "kaskad/core/error.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

EncoderOptions EncoderOptions::of(const Recipe& recipe) {
  EncoderOptions options;
  options.blocks = recipe.blocks;
  options.time_gaps = recipe.time_features;
  options.block = BlockOptions::of(recipe);
  return options;
}

Encoder::Encoder(const EncoderOptions& options, const std::shared_ptr<DropoutMasks>& masks)
    : options_(options) {
  const int64_t dimension = options.block.dimension;
  positions_ = register_module("positions",
                               std::make_shared<Embedding>(options.block.max_history, dimension));
  if (options.time_gaps) {
    gaps_ = register_module("gaps", std::make_shared<Embedding>(kGapBuckets, dimension));
  }
  if (options.input_norm) {
    input_norm_ = register_module("input_norm", std::make_shared<LayerNorm>(dimension));
  }
  dropout_ = register_module("dropout", std::make_shared<Dropout>(options.block.dropout, masks));
  for (int64_t i = 0; i < options.blocks; ++i) {
    blocks_.push_back(
        register_module("block" + std::to_string(i), make_block(options.block, masks)));
  }
  // The last operation of a post-norm block is a norm already.
  if (options.block.kind != BlockKind::kPostNorm) {
    final_norm_ = register_module("final_norm", std::make_shared<LayerNorm>(dimension));
  }
}

torch::Tensor Encoder::forward(const torch::Tensor& tokens, const torch::Tensor& gaps,
                               const Rows& rows) const {
  KASKAD_ASSERT(rows.length <= options_.block.max_history);
  torch::Tensor x = torch::add(positions_->forward(rows.distance()), tokens, options_.token_scale);
  if (gaps_) x = x + gaps_->forward(rows.pack(gaps));
  if (input_norm_) x = input_norm_->forward(x);
  x = dropout_->forward(x);
  for (const auto& block : blocks_) x = block->forward(x, rows);
  return final_norm_ ? final_norm_->forward(x) : x;
}

Value Encoder::emit(Graph& graph, const Value& tokens, const Value& gaps,
                    const GraphRows& rows) const {
  const Value x = emit_last(graph, emit_blocks(graph, tokens, gaps, rows, /*newest_only=*/true));
  return final_norm_ ? final_norm_->emit(graph, x) : x;
}

Value Encoder::emit_all(Graph& graph, const Value& tokens, const Value& gaps,
                        const GraphRows& rows) const {
  const Value x = emit_blocks(graph, tokens, gaps, rows, /*newest_only=*/false);
  return final_norm_ ? final_norm_->emit(graph, x) : x;
}

Value Encoder::emit_blocks(Graph& graph, const Value& tokens, const Value& gaps,
                           const GraphRows& rows, bool newest_only) const {
  const Value scaled =
      options_.token_scale == 1
          ? tokens
          : graph.node("Mul", {tokens, graph.scalar(static_cast<float>(options_.token_scale))});
  Value x = graph.node("Add", {scaled, positions_->emit(graph, rows.distance)});
  if (gaps_) x = graph.node("Add", {x, gaps_->emit(graph, gaps)});
  if (input_norm_) x = input_norm_->emit(graph, x);
  GraphRows seen = rows;
  seen.visible = emit_visible(graph, rows, options_.block.causal);
  for (const auto& block : blocks_) {
    if (newest_only && block == blocks_.back()) seen = emit_newest_only(graph, seen);
    x = block->emit(graph, x, seen);
  }
  return x;
}

}  // namespace kaskad::train
