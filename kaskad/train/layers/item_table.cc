#include "kaskad/train/layers/item_table.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/layers/emit.h"

namespace kaskad::train {

ItemTable::ItemTable(int64_t num_items, int64_t dimension, const FeatureTable* features,
                     Group* group)
    : num_items_(num_items) {
  const int64_t rows = num_items + 2;
  if (group != nullptr) {
    const int64_t own = ShardedTable::own_rows(rows, *group);
    table_ = register_parameter(kShareName, torch::zeros({own, dimension}));
    shards_ = std::make_unique<ShardedTable>(rows, table_, *group);
  } else {
    table_ = register_parameter("table", torch::zeros({rows, dimension}));
  }
  if (features != nullptr) {
    features_ = register_module("features", std::make_shared<ItemFeatures>(*features, dimension));
  }
}

torch::Tensor ItemTable::rows(const torch::Tensor& tokens) const {
  return shards_ ? shards_->lookup(tokens) : torch::embedding(table_, tokens);
}

torch::Tensor ItemTable::tokens(const torch::Tensor& tokens) const {
  const torch::Tensor own = rows(tokens);
  if (!features_) return own;
  // Features of each item once, however often it occurs.
  const torch::Tensor is_item = tokens.ne(special_token(num_items_));
  const torch::Tensor place = is_item.nonzero().flatten();
  const auto [distinct, inverse, counts] =
      at::_unique2(tokens.index_select(0, place) - 1, /*sorted=*/true, /*return_inverse=*/true);
  return own.index_add(0, place, features_->forward(distinct).index_select(0, inverse));
}

torch::Tensor ItemTable::items(const torch::Tensor& items) const {
  const torch::Tensor own = rows(items + 1);
  if (!features_) return own;
  const auto [distinct, inverse, counts] =
      at::_unique2(items.flatten(), /*sorted=*/true, /*return_inverse=*/true);
  return own + features_->forward(distinct).index_select(0, inverse).view(own.sizes());
}

// Item i is row i + 1 of the whole table.
ItemRange ItemTable::own_items() const {
  if (!shards_) return {.count = num_items_};
  const int64_t rank = shards_->group().rank(), size = shards_->group().size();
  const int64_t first = rank > 0 ? rank - 1 : size - 1;
  return {.first = first,
          .step = size,
          .count = std::max<int64_t>(0, (num_items_ - first + size - 1) / size)};
}

torch::Tensor ItemTable::own_vectors() const {
  const auto [first, step, count] = own_items();
  const torch::Tensor own = table_.narrow(0, (first + 1) / step, count);
  if (!features_) return own;
  const auto numbers = torch::TensorOptions().dtype(torch::kInt64).device(table_.device());
  return own + features_->forward(torch::arange(count, numbers) * step + first);
}

torch::Tensor ItemTable::apart(const torch::Tensor& id_tokens,
                               const torch::Tensor& feature_tokens) const {
  const torch::Tensor own = rows(id_tokens);
  if (!features_) return own;
  const torch::Tensor flat = feature_tokens.flatten();
  const torch::Tensor place = flat.ne(kPadding).nonzero().flatten();
  const auto [distinct, inverse, counts] =
      at::_unique2(flat.index_select(0, place) - 1, /*sorted=*/true, /*return_inverse=*/true);
  return own.view({flat.size(0), own.size(-1)})
      .index_add(0, place, features_->forward(distinct).index_select(0, inverse))
      .view(own.sizes());
}

void ItemTable::clear_padding() {
  const torch::NoGradGuard no_grad;
  if (shards_ && shards_->group().rank() != 0) return;  // row 0 is process 0's first
  table_.narrow(0, kPadding, 1).zero_();
}

Value ItemTable::emit_ids(Graph& graph, const Value& tokens) const {
  KASKAD_ASSERT(!shards_);
  const torch::Tensor rows = table_.narrow(0, 0, num_items_ + 1);
  return graph.node("Gather", {emit_tensor(graph, rows, "ids"), tokens}, {{"axis", int64_t{0}}});
}

Value ItemTable::emit(Graph& graph, const Value& tokens) const {
  KASKAD_ASSERT(!shards_);
  const torch::NoGradGuard no_grad;
  const torch::Tensor all = torch::cat(
      {table_.narrow(0, 0, 1), own_vectors(), table_.narrow(0, special_token(num_items_), 1)});
  return graph.node("Gather", {emit_tensor(graph, all, "tokens"), tokens}, {{"axis", int64_t{0}}});
}

}  // namespace kaskad::train
