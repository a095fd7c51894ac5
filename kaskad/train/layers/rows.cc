#include "kaskad/train/layers/rows.h"

#include "kaskad/core/error.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

Rows::Rows(const torch::Tensor& tokens) : batch(tokens.size(0)), length(tokens.size(1)) {
  const torch::Tensor real = tokens.ne(kPadding);
  const torch::Tensor counts = real.sum(1).to(torch::kCPU).contiguous();
  offsets.assign(1, 0);
  for (int64_t b = 0; b < batch; ++b) {
    offsets.push_back(offsets.back() + counts.data_ptr<int64_t>()[b]);
  }
  full = offsets.back() == batch * length;
  place =
      full ? torch::arange(batch * length, tokens.options()) : real.flatten().nonzero().flatten();
}

torch::Tensor Rows::pack(const torch::Tensor& padded) const {
  const torch::Tensor flat = padded.flatten(0, 1);
  return full ? flat : flat.index_select(0, place);
}

torch::Tensor Rows::pad(const torch::Tensor& rows) const {
  std::vector<int64_t> shape = rows.sizes().vec();
  shape.erase(shape.begin());
  shape.insert(shape.begin(), {batch, length});
  if (full) return rows.reshape(shape);
  std::vector<int64_t> flat = rows.sizes().vec();
  flat.front() = batch * length;
  return torch::zeros(flat, rows.options()).index_copy(0, place, rows).reshape(shape);
}

torch::Tensor Rows::history() const { return torch::div(place, length, "floor"); }

torch::Tensor Rows::distance() const { return length - 1 - place.remainder(length); }

GraphRows emit_rows(Graph& graph, const Value& tokens) {
  const Value padding = graph.node("Equal", {tokens, graph.scalar(kPadding)});
  const Value real = emit_cast(graph, graph.node("Not", {padding}), ElementType::kFloat);
  const Value length = graph.node(
      "Gather", {graph.node("Shape", {tokens}), graph.scalar(int64_t{1})}, {{"axis", int64_t{0}}});
  const Value newest = graph.node("Sub", {length, graph.scalar(int64_t{1})});
  // Not a Range that counts down: ONNX Runtime 1.32 turns one in front of a Gather into a Slice
  // (GatherToSliceFusion), whose end of -1 then means the last row, and the result is empty.
  const Value place =
      graph.node("Range", {graph.scalar(int64_t{0}), length, graph.scalar(int64_t{1})});
  return {tokens, graph.node("Unsqueeze", {real, emit_list(graph, {2})}),
          graph.node("Sub", {newest, place})};
}

Value emit_visible(Graph& graph, const GraphRows& rows, bool causal) {
  const Value real = graph.node("Unsqueeze", {rows.real, emit_list(graph, {1})});
  const Value keys = graph.node("Transpose", {real}, {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
  if (!causal) return keys;
  const Value query = graph.node("Unsqueeze", {rows.distance, emit_list(graph, {1})});
  const Value key = graph.node("Unsqueeze", {rows.distance, emit_list(graph, {0})});
  const Value before = graph.node("GreaterOrEqual", {key, query});
  return graph.node("Mul", {keys, emit_cast(graph, before, ElementType::kFloat)});
}

GraphRows emit_newest_only(Graph& graph, const GraphRows& rows) {
  GraphRows newest = rows;
  newest.newest_only = true;
  newest.visible = emit_from(graph, rows.visible, /*axis=*/2, -1);
  return newest;
}

Value emit_asked(Graph& graph, const Value& x, const GraphRows& rows) {
  return rows.newest_only ? emit_from(graph, x, /*axis=*/1, -1) : x;
}

}  // namespace kaskad::train
