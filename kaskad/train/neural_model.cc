#include "kaskad/train/neural_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
NeuralModel::NeuralModel(const Recipe& recipe, const ModelCatalogue& catalogue)
    : recipe_(recipe),
      masks_(register_module("masks", std::make_shared<DropoutMasks>(recipe.seed))),
      items_(register_module("items",
                             std::make_shared<ItemTable>(catalogue.num_items, recipe.dimension,
                                                         catalogue.features, catalogue.group))) {
  if (recipe.normalise) {
    temperature_ = register_module("temperature", std::make_shared<Temperature>());
  }
}

void NeuralModel::draw_weights() {
  const torch::NoGradGuard no_grad;
  const torch::Generator generator = at::detail::createCPUGenerator(recipe_.seed);
  for (torch::Tensor& parameter : parameters()) {
    if (parameter.dim() < 2) continue;
    if (shards() && parameter.is_same(shards()->own())) {
      shards()->draw(recipe_.init_std, generator);
    } else {
      parameter.normal_(0, recipe_.init_std, generator);
    }
  }
  items_->clear_padding();
}

torch::Tensor NeuralModel::encode(const SequenceBatch& batch) {
  const Rows rows(batch.tokens);
  const torch::Tensor users = users_of(batch, rows);
  return rows.pad(temperature_ ? temperature_->forward(users) : users);
}

// (batch, length) -> its newest places, and one more with `appended` for a model that asks by it.
torch::Tensor NeuralModel::newest(const torch::Tensor& input, int64_t appended) const {
  const int64_t kept = std::min(input.size(1), events_that_fit());
  const torch::Tensor events = input.narrow(1, input.size(1) - kept, kept);
  if (!asks_by_mask()) return events;
  return torch::cat({events, torch::full({input.size(0), 1}, appended, input.options())}, 1);
}

Value NeuralModel::emit_newest(Graph& graph, const Value& input, int64_t appended) const {
  const Value events = emit_from(graph, input, /*axis=*/1, -events_that_fit());
  if (!asks_by_mask()) return events;
  const Value batch = graph.node(
      "Slice", {graph.node("Shape", {input}), emit_list(graph, {0}), emit_list(graph, {1})});
  const Value shape = graph.node("Concat", {batch, emit_list(graph, {1})}, {{"axis", int64_t{0}}});
  const Value place = graph.node("Expand", {graph.scalar(appended), shape});
  return graph.node("Concat", {events, place}, {{"axis", int64_t{1}}});
}

torch::Tensor NeuralModel::user_vectors(const SequenceBatch& batch) {
  SequenceBatch seen = batch;
  seen.tokens = newest(batch.tokens, special_token(num_items()));
  if (batch.gaps.defined()) seen.gaps = newest(batch.gaps, 0);
  if (batch.clock.defined()) {
    seen.clock =
        batch.clock.narrow(1, batch.clock.size(1) - seen.tokens.size(1), seen.tokens.size(1));
  }
  return encode(seen).select(1, -1);
}

torch::Tensor NeuralModel::item_vectors(const torch::Tensor& items) {
  const torch::Tensor vectors = items_of(items_->items(items));
  return temperature_ ? unit_length(vectors) : vectors;
}

torch::Tensor NeuralModel::all_item_vectors() {
  KASKAD_ASSERT(!shards());
  return own_item_vectors();
}

torch::Tensor NeuralModel::own_item_vectors() {
  const torch::Tensor vectors = items_of(items_->own_vectors());
  return temperature_ ? unit_length(vectors) : vectors;
}

std::string NeuralModel::user_graph() const {
  const torch::NoGradGuard no_grad;
  Graph graph("user");
  const auto input = [&](const std::string& name, int64_t appended) {
    const Value all = graph.input(name, ElementType::kInt64, {"batch", "length"});
    return emit_newest(graph, all, appended);
  };
  const GraphRows rows = emit_rows(graph, input("history", special_token(num_items())));
  const Value gaps = recipe_.time_features ? input("gaps", 0) : Value{};
  Value user = emit_user(graph, gaps, rows);
  if (temperature_) user = temperature_->emit(graph, user);
  // An empty history has the vector zero, as a place of padding in encode().
  const Value real = emit_last(graph, rows.real);
  graph.output(graph.node("Mul", {user, real}), "user", ElementType::kFloat,
               {"batch", dimension()});
  return graph.to_bytes("1", "history -> vector of the user; score = dot product with the items");
}

}  // namespace kaskad::train
