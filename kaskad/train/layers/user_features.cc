#include "kaskad/train/layers/user_features.h"

#include <algorithm>
#include <cmath>

#include "kaskad/train/layers/emit.h"

namespace kaskad::train {
namespace {

struct Moments {
  double mean = 0, deviation = 1;  // deviation is 1 where all known values are equal
};

Moments moments(std::span<const float> values, size_t column, size_t stride) {
  double sum = 0, squares = 0, known = 0;
  for (size_t at = column; at < values.size(); at += stride) {
    if (std::isnan(values[at])) continue;
    sum += values[at];
    squares += static_cast<double>(values[at]) * values[at];
    known += 1;
  }
  if (known == 0) return {};
  const double mean = sum / known;
  const double variance = squares / known - mean * mean;
  return {mean, variance > 1e-12 * std::max(1.0, mean * mean) ? std::sqrt(variance) : 1};
}

}  // namespace

UserFeatures::UserFeatures(const FeatureTable& users, int64_t dimension) {
  const FeatureSchema schema = FeatureSchema::of(users);
  if (schema.num_codes() > 1) {
    const auto codes = static_cast<int64_t>(schema.num_codes());
    table_ = register_parameter("table", torch::zeros({codes, dimension}));
  }
  const auto numbers = static_cast<int64_t>(schema.num_numbers());
  if (numbers == 0) return;
  std::vector<float> mean, deviation;
  for (const DenseFeature& feature : users.dense) {
    for (size_t column = 0; column < feature.dimension; ++column) {
      const Moments of = moments(feature.values, column, feature.dimension);
      mean.push_back(static_cast<float>(of.mean));
      deviation.push_back(static_cast<float>(of.deviation));
    }
  }
  mean_ = register_buffer("mean", torch::tensor(mean));
  scale_ = register_buffer("scale", torch::tensor(deviation).reciprocal());
  map_ = register_module("map", std::make_shared<Linear>(2 * numbers, dimension, /*bias=*/false));
}

torch::Tensor UserFeatures::forward(const SequenceBatch& batch) const {
  torch::Tensor sum;
  if (table_.defined()) {
    sum = torch::embedding(table_, batch.user_codes, /*padding_idx=*/0).sum(1);
  }
  if (!map_) return sum;
  const torch::Tensor missing = batch.user_numbers.isnan();
  const torch::Tensor z = ((batch.user_numbers - mean_) * scale_).masked_fill(missing, 0);
  const torch::Tensor mapped = map_->forward(torch::cat({z, missing.to(z.dtype())}, 1));
  return sum.defined() ? sum + mapped : mapped;
}

Value UserFeatures::emit(Graph& graph) const {
  Value sum;
  if (table_.defined()) {
    const Value codes = graph.input("user_codes", ElementType::kInt64, {"batch", "user_places"});
    const Value vectors =
        graph.node("Gather", {emit_tensor(graph, table_, "table"), codes}, {{"axis", int64_t{0}}});
    sum = graph.node("ReduceSum", {vectors, emit_list(graph, {1})}, {{"keepdims", int64_t{0}}});
  }
  if (!map_) return sum;
  const Value numbers = graph.input("user_numbers", ElementType::kFloat, {"batch", mean_.size(0)});
  const Value missing = graph.node("IsNaN", {numbers});
  const Value centred = graph.node("Sub", {numbers, emit_tensor(graph, mean_, "mean")});
  const Value scaled = graph.node("Mul", {centred, emit_tensor(graph, scale_, "scale")});
  const Value z = graph.node("Where", {missing, graph.scalar(0.0F), scaled});
  const Value flags = emit_cast(graph, missing, ElementType::kFloat);
  const Value both = graph.node("Concat", {z, flags}, {{"axis", int64_t{1}}});
  const Value mapped = map_->emit(graph, both);
  return table_.defined() ? graph.node("Add", {sum, mapped}) : mapped;
}

void UserFeatures::clear_padding() {
  const torch::NoGradGuard no_grad;
  if (table_.defined()) table_[0].zero_();
}

}  // namespace kaskad::train
