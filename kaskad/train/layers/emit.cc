#include "kaskad/train/layers/emit.h"

#include <limits>

namespace kaskad::train {

Value emit_tensor(Graph& graph, const torch::Tensor& values, std::string_view hint) {
  const torch::Tensor plain =
      values.detach()
          .to(torch::TensorOptions().dtype(torch::kFloat32).device(torch::kCPU))
          .contiguous();
  const float* data = plain.data_ptr<float>();
  return graph.constant(std::vector<float>(data, data + plain.numel()), plain.sizes().vec(), hint);
}

Value emit_list(Graph& graph, const std::vector<int64_t>& values) {
  return graph.constant(values, {static_cast<int64_t>(values.size())});
}

Value emit_cast(Graph& graph, const Value& x, ElementType type) {
  return graph.node("Cast", {x}, {{"to", static_cast<int64_t>(type)}});
}

Value emit_split_heads(Graph& graph, const Value& x, int64_t heads, int64_t dimension) {
  const Value split =
      graph.node("Reshape", {x, emit_list(graph, {0, 0, heads, dimension / heads})});
  return graph.node("Transpose", {split}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
}

Value emit_join_heads(Graph& graph, const Value& x, int64_t dimension) {
  const Value back = graph.node("Transpose", {x}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
  return graph.node("Reshape", {back, emit_list(graph, {0, 0, dimension})});
}

Value emit_part(Graph& graph, const Value& x, int64_t part, int64_t size) {
  return graph.node("Slice", {x, emit_list(graph, {part * size}),
                              emit_list(graph, {(part + 1) * size}), emit_list(graph, {-1})});
}

Value emit_from(Graph& graph, const Value& x, int64_t axis, int64_t begin) {
  const Value end = emit_list(graph, {std::numeric_limits<int64_t>::max()});
  return graph.node("Slice", {x, emit_list(graph, {begin}), end, emit_list(graph, {axis})});
}

Value emit_length(Graph& graph, const Value& x, int64_t axis) {
  return graph.node("Gather", {graph.node("Shape", {x}), graph.scalar(axis)},
                    {{"axis", int64_t{0}}});
}

Value emit_last(Graph& graph, const Value& x) {
  return graph.node("Gather", {x, graph.scalar(int64_t{-1})}, {{"axis", int64_t{1}}});
}

Value emit_silu(Graph& graph, const Value& x) {
  return graph.node("Mul", {x, graph.node("Sigmoid", {x})});
}

}  // namespace kaskad::train
