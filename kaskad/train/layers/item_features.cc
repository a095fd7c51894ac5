#include "kaskad/train/layers/item_features.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

template <typename T>
torch::Tensor to_int64(std::span<const T> values) {
  torch::Tensor out = torch::empty({static_cast<int64_t>(values.size())}, torch::kInt64);
  std::copy(values.begin(), values.end(), out.data_ptr<int64_t>());
  return out;
}

// Two columns: the standardised number, and whether it is missing.
torch::Tensor standardised(const torch::Tensor& values, NumberScale& scale) {
  const torch::Tensor missing = values.isnan();
  const torch::Tensor known = values.masked_select(missing.logical_not()).to(torch::kFloat64);
  torch::Tensor z = torch::zeros_like(values);
  double mean = 0, deviation = 1;
  if (known.numel() > 0) {
    mean = known.mean().item<double>();
    deviation = known.std(/*unbiased=*/false).item<double>();
    if (!(deviation > 0)) deviation = 1;
    z = ((values - mean) / deviation).masked_fill(missing, 0);
  }
  scale.shift.push_back(static_cast<float>(mean));
  scale.scale.push_back(static_cast<float>(1 / deviation));
  scale.flagged.push_back(1);
  return torch::cat({z, missing.to(torch::kFloat32)}, 1);
}

// Scaled so that the linear map begins with outputs as large as those of the id embeddings.
torch::Tensor scaled_content(const torch::Tensor& values, NumberScale& scale) {
  const torch::Tensor known = values.isnan().logical_not().any(1);
  const torch::Tensor filled = values.nan_to_num(0);
  const double rows = known.sum().item<double>();
  const double length = std::sqrt(filled.square().sum().item<double>() / std::max(rows, 1.0));
  const auto width = static_cast<size_t>(values.size(1));
  scale.shift.insert(scale.shift.end(), width, 0.0F);
  scale.scale.insert(scale.scale.end(), width, length > 0 ? static_cast<float>(1 / length) : 1.0F);
  scale.flagged.insert(scale.flagged.end(), width, 0);
  return length > 0 ? filled / length : filled;
}

}  // namespace

torch::Tensor number_columns(const FeatureTable& features, NumberScale* scale) {
  NumberScale own;
  NumberScale& of_columns = scale ? *scale : own;
  std::vector<torch::Tensor> columns;
  for (const DenseFeature& feature : features.dense) {
    torch::Tensor values = torch::empty(
        {static_cast<int64_t>(features.rows), static_cast<int64_t>(feature.dimension)});
    std::copy(feature.values.begin(), feature.values.end(), values.data_ptr<float>());
    columns.push_back(feature.dimension == 1 ? standardised(values, of_columns)
                                             : scaled_content(values, of_columns));
  }
  return columns.empty() ? torch::Tensor() : torch::cat(columns, 1);
}

ItemFeatures::ItemFeatures(const FeatureTable& features, int64_t dimension) {
  for (const CategoricalFeature& feature : features.categorical) {
    const std::string number = std::to_string(bags_.size());
    const auto values = static_cast<int64_t>(feature.names.size());
    Bags bags;
    bags.table = register_parameter("category" + number, torch::zeros({values, dimension}));
    bags.offsets = register_buffer("offsets" + number, to_int64(feature.offsets));
    bags.codes = register_buffer("codes" + number, to_int64(feature.codes));
    bags_.push_back(bags);
  }
  const torch::Tensor numbers = number_columns(features, &scale_);
  if (!numbers.defined()) return;
  numbers_ = register_buffer("numbers", numbers);
  map_ =
      register_module("map", std::make_shared<Linear>(numbers.size(1), dimension, /*bias=*/false));
}

torch::Tensor ItemFeatures::forward(const torch::Tensor& items) const {
  torch::Tensor sum;
  const auto add = [&sum](const torch::Tensor& part) { sum = sum.defined() ? sum + part : part; };
  for (const Bags& bags : bags_) {
    const torch::Tensor begin = bags.offsets.index_select(0, items);
    const torch::Tensor count = bags.offsets.index_select(0, items + 1) - begin;
    const torch::Tensor first = count.cumsum(0) - count;  // where a bag begins in the flat list
    const torch::Tensor total = count.sum();
    const torch::Tensor place = torch::arange(total.item<int64_t>(), items.options());
    const torch::Tensor flat = place + (begin - first).repeat_interleave(count);
    add(std::get<0>(torch::embedding_bag(bags.table, bags.codes.index_select(0, flat), first)));
  }
  if (map_) add(map_->forward(numbers_.index_select(0, items)));
  return sum;
}

Value ItemFeatures::emit(Graph& graph) const {
  const Dimension any = std::string("items");
  Value sum;
  if (!bags_.empty()) {
    std::vector<torch::Tensor> tables = {torch::zeros({1, bags_[0].table.size(1)})};
    for (const Bags& bags : bags_) tables.push_back(bags.table);
    const Value codes =
        graph.input("item_codes", ElementType::kInt64, {any, std::string("places")});
    const Value vectors = graph.node("Gather", {emit_tensor(graph, torch::cat(tables)), codes},
                                     {{"axis", int64_t{0}}});
    sum = graph.node("ReduceSum", {vectors, emit_list(graph, {1})}, {{"keepdims", int64_t{0}}});
  }
  if (!map_) return sum;
  const auto width = static_cast<int64_t>(scale_.shift.size());
  const Value numbers = graph.input("item_numbers", ElementType::kFloat, {any, width});
  const Value missing = graph.node("IsNaN", {numbers});
  const Value centred = graph.node("Sub", {numbers, graph.constant(scale_.shift, {width})});
  const Value scaled = graph.node("Mul", {centred, graph.constant(scale_.scale, {width})});
  const Value z = graph.node("Where", {missing, graph.scalar(0.0F), scaled});
  const Value both = graph.node("Concat", {z, emit_cast(graph, missing, ElementType::kFloat)},
                                {{"axis", int64_t{1}}});
  std::vector<int64_t> order;  // of the columns: each number, its flag behind it
  for (int64_t n = 0; n < width; ++n) {
    order.push_back(n);
    if (scale_.flagged[static_cast<size_t>(n)]) order.push_back(width + n);
  }
  const Value columns =
      graph.node("Gather", {both, emit_list(graph, order)}, {{"axis", int64_t{1}}});
  const Value mapped = map_->emit(graph, columns);
  return bags_.empty() ? mapped : graph.node("Add", {sum, mapped});
}

}  // namespace kaskad::train
