#include "kaskad/train/sasrec.h"

#include <cmath>

namespace kaskad::train {

Sasrec::Sasrec(const Recipe& recipe, const ModelCatalogue& catalogue)
    : NeuralModel(recipe, catalogue) {
  EncoderOptions options = EncoderOptions::of(recipe);
  options.token_scale = std::sqrt(static_cast<double>(recipe.dimension));
  encoder_ = register_module("encoder", std::make_shared<Encoder>(options, masks_));
  draw_weights();
}

torch::Tensor Sasrec::users_of(const SequenceBatch& batch, const Rows& rows) {
  return encoder_->forward(tokens_of(batch, rows), batch.gaps, rows);
}

Value Sasrec::emit_user(Graph& graph, const Value& gaps, const GraphRows& rows) const {
  const Value tokens = items_->emit(graph, rows.tokens);
  return encoder_->emit(graph, tokens, gaps, rows);
}

}  // namespace kaskad::train
