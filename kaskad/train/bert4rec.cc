#include "kaskad/train/bert4rec.h"

namespace kaskad::train {

Bert4rec::Bert4rec(const Recipe& recipe, const ModelCatalogue& catalogue)
    : NeuralModel(recipe, catalogue) {
  EncoderOptions options = EncoderOptions::of(recipe);
  options.input_norm = true;
  encoder_ = register_module("encoder", std::make_shared<Encoder>(options, masks_));
  const int64_t d = recipe.dimension;
  projection_ = register_module("projection", std::make_shared<Linear>(d, d, /*bias=*/true));
  norm_ = register_module("norm", std::make_shared<LayerNorm>(d));
  draw_weights();
}

torch::Tensor Bert4rec::users_of(const SequenceBatch& batch, const Rows& rows) {
  const torch::Tensor x = encoder_->forward(tokens_of(batch, rows), batch.gaps, rows);
  return norm_->forward(torch::gelu(projection_->forward(x)));
}

Value Bert4rec::emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const {
  const Value tokens = items_->emit(graph, rows.tokens);
  const Value x = encoder_->emit(graph, tokens, gaps, rows);
  return norm_->emit(graph, emit_gelu(graph, projection_->emit(graph, x)));
}

}  // namespace kaskad::train
