#include "kaskad/train/layers/block.h"

#include "kaskad/core/error.h"
#include "kaskad/train/layers/attention.h"
#include "kaskad/train/layers/emit.h"
#include "kaskad/train/layers/layer_norm.h"

namespace kaskad::train {
namespace {

using Masks = std::shared_ptr<DropoutMasks>;

AttentionOptions attention_of(const BlockOptions& options) {
  AttentionOptions attention;
  attention.kind =
      options.kind == BlockKind::kHstu ? AttentionKind::kSilu : AttentionKind::kSoftmax;
  attention.heads = options.heads;
  attention.causal = options.causal;
  return attention;
}

// The parts that pre-norm, post-norm and LiGR share.
class TransformerBlock : public Block {
 protected:
  TransformerBlock(const BlockOptions& options, Activation activation, const Masks& masks) {
    const bool bias = activation != Activation::kSwiglu;
    attention_ = register_module(
        "attention", std::make_shared<Attention>(options.dimension, attention_of(options), bias,
                                                 options.dropout, masks));
    feed_forward_ = register_module(
        "feed_forward", std::make_shared<FeedForward>(options.dimension, options.inner, activation,
                                                      options.dropout, masks));
    norm1_ = register_module("norm1", std::make_shared<LayerNorm>(options.dimension));
    norm2_ = register_module("norm2", std::make_shared<LayerNorm>(options.dimension));
    dropout_ = register_module("dropout", std::make_shared<Dropout>(options.dropout, masks));
  }

  std::shared_ptr<Attention> attention_;
  std::shared_ptr<FeedForward> feed_forward_;
  std::shared_ptr<LayerNorm> norm1_, norm2_;
  std::shared_ptr<Dropout> dropout_;
};

class PostNormBlock : public TransformerBlock {
 public:
  PostNormBlock(const BlockOptions& options, const Masks& masks)
      : TransformerBlock(options, options.activation, masks) {}

  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) override {
    const torch::Tensor y = norm1_->forward(x + dropout_->forward(attention_->forward(x, rows)));
    return norm2_->forward(y + dropout_->forward(feed_forward_->forward(y)));
  }

  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const override {
    const Value attended = attention_->emit(graph, x, rows);
    const Value y = norm1_->emit(graph, graph.node("Add", {emit_asked(graph, x, rows), attended}));
    return norm2_->emit(graph, graph.node("Add", {y, feed_forward_->emit(graph, y)}));
  }
};

class PreNormBlock : public TransformerBlock {
 public:
  PreNormBlock(const BlockOptions& options, const Masks& masks)
      : TransformerBlock(options, options.activation, masks) {}

  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) override {
    const torch::Tensor y = x + dropout_->forward(attention_->forward(norm1_->forward(x), rows));
    return y + dropout_->forward(feed_forward_->forward(norm2_->forward(y)));
  }

  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const override {
    const Value attended = attention_->emit(graph, norm1_->emit(graph, x), rows);
    const Value y = graph.node("Add", {emit_asked(graph, x, rows), attended});
    return graph.node("Add", {y, feed_forward_->emit(graph, norm2_->emit(graph, y))});
  }
};

class LigrBlock : public TransformerBlock {
 public:
  LigrBlock(const BlockOptions& options, const Masks& masks)
      : TransformerBlock(options, Activation::kSwiglu, masks) {
    const int64_t d = options.dimension;
    gate1_ = register_module("gate1", std::make_shared<Linear>(d, d, /*bias=*/false));
    gate2_ = register_module("gate2", std::make_shared<Linear>(d, d, /*bias=*/false));
  }

  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) override {
    const torch::Tensor attended = dropout_->forward(attention_->forward(norm1_->forward(x), rows));
    const torch::Tensor y = x + gate1_->forward(x).sigmoid() * attended;
    const torch::Tensor fed = dropout_->forward(feed_forward_->forward(norm2_->forward(y)));
    return y + gate2_->forward(y).sigmoid() * fed;
  }

  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const override {
    const Value attended = attention_->emit(graph, norm1_->emit(graph, x), rows);
    const Value y = emit_gated(graph, emit_asked(graph, x, rows), *gate1_, attended);
    return emit_gated(graph, y, *gate2_, feed_forward_->emit(graph, norm2_->emit(graph, y)));
  }

 private:
  static Value emit_gated(Graph& graph, const Value& x, const Linear& gate, const Value& update) {
    const Value open = graph.node("Sigmoid", {gate.emit(graph, x)});
    return graph.node("Add", {x, graph.node("Mul", {open, update})});
  }

  std::shared_ptr<Linear> gate1_, gate2_;
};

class HstuBlock : public Block {
 public:
  HstuBlock(const BlockOptions& options, const Masks& masks)
      : dimension_(options.dimension), attention_(attention_of(options)) {
    in_ =
        register_module("in", std::make_shared<Linear>(dimension_, 4 * dimension_, /*bias=*/false));
    out_ = register_module("out", std::make_shared<Linear>(dimension_, dimension_, /*bias=*/true));
    norm_ = register_module("norm", std::make_shared<LayerNorm>(dimension_));
    attended_norm_ = register_module("attended_norm", std::make_shared<LayerNorm>(dimension_));
    dropout_ = register_module("dropout", std::make_shared<Dropout>(options.dropout, masks));
    bias_ = register_parameter("bias", torch::zeros({options.heads, options.max_history}));
  }

  torch::Tensor forward(const torch::Tensor& x, const Rows& rows) override {
    const torch::Tensor all = torch::silu(in_->forward(norm_->forward(x)));
    const torch::Tensor u = all.narrow(1, 0, dimension_);
    const torch::Tensor qkv = all.narrow(1, dimension_, 3 * dimension_);
    const torch::Tensor attended = attend(qkv, bias_, rows, attention_, *dropout_);
    return x + dropout_->forward(out_->forward(attended_norm_->forward(attended) * u));
  }

  Value emit(Graph& graph, const Value& x, const GraphRows& rows) const override {
    const Value all = emit_silu(graph, in_->emit(graph, norm_->emit(graph, x)));
    const Value u = emit_part(graph, emit_asked(graph, all, rows), 0, dimension_);
    const Value qkv =
        graph.node("Slice", {all, emit_list(graph, {dimension_}),
                             emit_list(graph, {4 * dimension_}), emit_list(graph, {-1})});
    const Value attended = emit_attend(graph, qkv, bias_, dimension_, rows, attention_);
    const Value gated = graph.node("Mul", {attended_norm_->emit(graph, attended), u});
    return graph.node("Add", {emit_asked(graph, x, rows), out_->emit(graph, gated)});
  }

 private:
  int64_t dimension_;
  AttentionOptions attention_;
  std::shared_ptr<Linear> in_, out_;
  std::shared_ptr<LayerNorm> norm_, attended_norm_;
  std::shared_ptr<Dropout> dropout_;
  torch::Tensor bias_;
};

}  // namespace

BlockOptions BlockOptions::of(const Recipe& recipe) {
  BlockOptions options;
  options.kind = recipe.block;
  options.dimension = recipe.dimension;
  options.heads = recipe.heads;
  const bool as_sasrec =
      recipe.model == ModelKind::kSasrec &&
      (recipe.block == BlockKind::kPreNorm || recipe.block == BlockKind::kPostNorm);
  options.inner = recipe.feed_forward > 0 ? recipe.feed_forward
                  : as_sasrec             ? recipe.dimension
                                          : 4 * recipe.dimension;
  options.activation = recipe.model == ModelKind::kBert4rec ? Activation::kGelu : Activation::kRelu;
  options.max_history = recipe.max_history;
  options.causal = recipe.causal;
  options.dropout = recipe.dropout;
  return options;
}

std::shared_ptr<Block> make_block(const BlockOptions& options, const Masks& masks) {
  KASKAD_ASSERT(options.dimension % options.heads == 0);
  switch (options.kind) {
    case BlockKind::kPostNorm:
      return std::make_shared<PostNormBlock>(options, masks);
    case BlockKind::kPreNorm:
      return std::make_shared<PreNormBlock>(options, masks);
    case BlockKind::kLigr:
      return std::make_shared<LigrBlock>(options, masks);
    case BlockKind::kHstu:
      return std::make_shared<HstuBlock>(options, masks);
  }
  KASKAD_ASSERT(!"a kind of block without a class");
  return nullptr;
}

}  // namespace kaskad::train
