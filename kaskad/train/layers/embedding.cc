#include "kaskad/train/layers/embedding.h"

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

Embedding::Embedding(int64_t rows, int64_t dimension)
    : table_(register_parameter("table", torch::zeros({rows, dimension}))) {}

torch::Tensor Embedding::forward(const torch::Tensor& numbers) const {
  return torch::embedding(table_, numbers);
}

Value Embedding::emit(Graph& graph, const Value& numbers) const {
  return graph.node("Gather", {emit_tensor(graph, table_, "table"), numbers},
                    {{"axis", int64_t{0}}});
}

}  // namespace kaskad::train
