// Short forms of what several layers emit into a graph.
#pragma once

#include <torch/torch.h>

#include <string_view>
#include <vector>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

// A tensor of floats as an initializer, by value.
Value emit_tensor(Graph& graph, const torch::Tensor& values, std::string_view hint = "weight");

// A list of integers: axes, shapes, starts.
Value emit_list(Graph& graph, const std::vector<int64_t>& values);

Value emit_cast(Graph& graph, const Value& x, ElementType type);

// (batch, length, heads * size) -> (batch, heads, length, size), and back.
Value emit_split_heads(Graph& graph, const Value& x, int64_t heads, int64_t dimension);
Value emit_join_heads(Graph& graph, const Value& x, int64_t dimension);

// Columns [part * size, (part + 1) * size) of the last axis.
Value emit_part(Graph& graph, const Value& x, int64_t part, int64_t size);

// Places [begin, end of the axis); a negative begin counts from the end.
Value emit_from(Graph& graph, const Value& x, int64_t axis, int64_t begin);

// How long an axis is: an integer.
Value emit_length(Graph& graph, const Value& x, int64_t axis);

// (batch, length, ...) -> (batch, ...) at the last place.
Value emit_last(Graph& graph, const Value& x);

// x * sigmoid(x).
Value emit_silu(Graph& graph, const Value& x);

}  // namespace kaskad::train
