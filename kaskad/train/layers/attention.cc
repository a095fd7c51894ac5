#include "kaskad/train/layers/attention.h"

namespace kaskad::train {

Attention::Attention(int64_t dimension, const AttentionOptions& options, bool bias, double dropout,
                     const std::shared_ptr<DropoutMasks>& masks)
    : dimension_(dimension),
      options_(options),
      in_(register_module("in", std::make_shared<Linear>(dimension, 3 * dimension, bias))),
      out_(register_module("out", std::make_shared<Linear>(dimension, dimension, bias))),
      dropout_(register_module("dropout", std::make_shared<Dropout>(dropout, masks))) {}

torch::Tensor Attention::forward(const torch::Tensor& x, const Rows& rows) const {
  return out_->forward(attend(in_->forward(x), {}, rows, options_, *dropout_));
}

Value Attention::emit(Graph& graph, const Value& x, const GraphRows& rows) const {
  const Value heads = emit_attend(graph, in_->emit(graph, x), {}, dimension_, rows, options_);
  return out_->emit(graph, heads);
}

}  // namespace kaskad::train
