#include "kaskad/train/layers/mask_net.h"

#include <string>

namespace kaskad::train {

MaskNet::MaskNet(int64_t inputs, const MaskNetOptions& options,
                 const std::shared_ptr<DropoutMasks>& masks)
    : dropout_(register_module("dropout", std::make_shared<Dropout>(options.dropout, masks))) {
  const auto linear = [&](const std::string& name, int64_t from, int64_t to) {
    return register_module(name, std::make_shared<Linear>(from, to, /*bias=*/true));
  };
  for (int64_t k = 0; k < options.blocks; ++k) {
    const std::string number = std::to_string(k);
    MaskBlock block;
    block.mask_in = linear("mask_in" + number, inputs, options.inner);
    block.mask_out = linear("mask_out" + number, options.inner, inputs);
    block.map = linear("map" + number, inputs, options.width);
    block.norm = register_module("norm" + number, std::make_shared<LayerNorm>(options.width));
    blocks_.push_back(block);
  }
}

torch::Tensor MaskNet::forward(const torch::Tensor& v) const {
  std::vector<torch::Tensor> outputs;
  for (const MaskBlock& block : blocks_) {
    const torch::Tensor mask = block.mask_out->forward(torch::relu(block.mask_in->forward(v)));
    const torch::Tensor y = torch::relu(block.norm->forward(block.map->forward(mask * v)));
    outputs.push_back(dropout_->forward(y));
  }
  return torch::cat(outputs, -1);
}

Value MaskNet::emit(Graph& graph, const Value& v) const {
  std::vector<Value> outputs;
  for (const MaskBlock& block : blocks_) {
    const Value inner = graph.node("Relu", {block.mask_in->emit(graph, v)});
    const Value masked = graph.node("Mul", {block.mask_out->emit(graph, inner), v});
    const Value y = block.norm->emit(graph, block.map->emit(graph, masked));
    outputs.push_back(graph.node("Relu", {y}));
  }
  return graph.node("Concat", outputs, {{"axis", int64_t{-1}}});
}

}  // namespace kaskad::train
