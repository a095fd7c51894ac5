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
    offsets.push_back(offsets.back() + counts.const_data_ptr<int64_t>()[b]);
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

torch::Tensor Rows::distance() const { return length - 1 - place.remainder(length); }

namespace {

// float (batch, 1, 1 or length, length): 1 where a query sees a key.
Value emit_visible(Graph& graph, const GraphRows& rows, bool causal) {
  const Value real = graph.node("Unsqueeze", {rows.real, emit_list(graph, {1})});
  const Value keys = graph.node("Transpose", {real}, {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
  if (!causal) return keys;
  const Value query = graph.node("Unsqueeze", {rows.distance, emit_list(graph, {1})});
  const Value key = graph.node("Unsqueeze", {rows.distance, emit_list(graph, {0})});
  const Value before = graph.node("GreaterOrEqual", {key, query});
  return graph.node("Mul", {keys, emit_cast(graph, before, ElementType::kFloat)});
}

}  // namespace

GraphRows emit_rows(Graph& graph, const Value& tokens, bool causal) {
  GraphRows rows;
  rows.tokens = tokens;
  const Value padding = graph.node("Equal", {tokens, graph.scalar(kPadding)});
  const Value real = emit_cast(graph, graph.node("Not", {padding}), ElementType::kFloat);
  rows.real = graph.node("Unsqueeze", {real, emit_list(graph, {2})});
  const Value length = graph.node(
      "Gather", {graph.node("Shape", {tokens}), graph.scalar(int64_t{1})}, {{"axis", int64_t{0}}});
  rows.distance = graph.node("Range", {graph.node("Sub", {length, graph.scalar(int64_t{1})}),
                                       graph.scalar(int64_t{-1}), graph.scalar(int64_t{-1})});
  const Value visible = emit_visible(graph, rows, causal);
  rows.hidden =
      graph.node("Mul", {graph.node("Sub", {visible, graph.scalar(1.0F)}), graph.scalar(1e9F)});
  const Value number = graph.node("ReduceSum", {visible, emit_list(graph, {-1})});
  rows.share = graph.node("Div", {visible, graph.node("Max", {number, graph.scalar(1.0F)})});
  return rows;
}

}  // namespace kaskad::train
