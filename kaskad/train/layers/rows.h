// The places of a batch that hold an event, one behind the other. Layers that treat each place by
// itself (linear maps, norms, dropout) work on these rows alone, so that padding costs nothing;
// attention and pooling see which rows form one history.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "kaskad/onnx/graph.h"

namespace kaskad::train {

struct Rows {
  // `tokens` (batch, length) int64, padded on the left with kPadding.
  explicit Rows(const torch::Tensor& tokens);

  // (batch, length, ...) -> (rows, ...), and back with zeros at padding.
  torch::Tensor pack(const torch::Tensor& padded) const;
  torch::Tensor pad(const torch::Tensor& rows) const;

  // (rows) int64: the history that the row belongs to.
  torch::Tensor history() const;
  // (rows) int64: places to the end of the history, 0 at the newest.
  torch::Tensor distance() const;

  int64_t batch = 0, length = 0;
  torch::Tensor place;           // (rows) int64 on the device: index into batch * length, ascending
  std::vector<int64_t> offsets;  // (batch + 1): rows of history b are [offsets[b], offsets[b + 1])
  bool full = false;             // no padding: rows and padded places are the same memory
};

// The same in a graph, where places of padding are computed and hidden.
struct GraphRows {
  Value tokens;    // int64 (batch, length)
  Value real;      // float (batch, length, 1): 1 where there is an event, 0 at padding
  Value distance;  // int64 (length): places to the end
  // float (batch, 1, 1 or length, length): 1 where a query sees a key. Named by emit_visible().
  Value visible = {};
  bool newest_only = false;  // of the layer's output; all places are its input, and keys
};

GraphRows emit_rows(Graph& graph, const Value& tokens);
Value emit_visible(Graph& graph, const GraphRows& rows, bool causal);
// The same rows for a layer that is asked for the newest place alone.
GraphRows emit_newest_only(Graph& graph, const GraphRows& rows);
// x (batch, length, ...) at the places that are asked: all, or (batch, 1, ...).
Value emit_asked(Graph& graph, const Value& x, const GraphRows& rows);

}  // namespace kaskad::train
