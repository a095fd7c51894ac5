#include "kaskad/train/rank/action_table.h"

#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

ActionTable::ActionTable(int64_t actions, int64_t dimension)
    : table_(register_parameter("table", torch::zeros({kFirstActionToken + actions, dimension}))) {}

torch::Tensor ActionTable::forward(const torch::Tensor& tokens) const {
  return torch::embedding(table_, tokens, /*padding_idx=*/kNoActionToken);
}

Value ActionTable::emit(Graph& graph, const Value& tokens) const {
  return graph.node("Gather", {emit_tensor(graph, table_, "actions"), tokens},
                    {{"axis", int64_t{0}}});
}

void ActionTable::clear_none() {
  const torch::NoGradGuard no_grad;
  table_.narrow(0, kNoActionToken, 1).zero_();
}

}  // namespace kaskad::train
