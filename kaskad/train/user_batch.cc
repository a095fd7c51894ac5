#include "kaskad/train/user_batch.h"

#include <numeric>

#include "kaskad/retrieval/user_rows.h"

namespace kaskad::train {
namespace {

// A copy of (rows, columns) values.
template <typename T>
torch::Tensor matrix(const std::vector<T>& values, size_t rows, torch::ScalarType type) {
  const auto count = static_cast<int64_t>(rows);
  torch::Tensor out = torch::empty(
      {count, static_cast<int64_t>(values.size()) / std::max<int64_t>(count, 1)}, type);
  std::copy(values.begin(), values.end(), out.data_ptr<T>());
  return out;
}

}  // namespace

FeatureSchema user_schema(const Dataset& dataset, const Recipe& recipe) {
  return recipe.user_features ? FeatureSchema::of(dataset.user_features()) : FeatureSchema();
}

UserInputs user_inputs(const Recipe& recipe, const FeatureSchema& schema) {
  return {.codes = schema.num_codes() > 1 ? "user_codes" : "",
          .numbers = schema.num_numbers() > 0 ? "user_numbers" : "",
          .clock = recipe.clock_features ? "clock" : ""};
}

void write_users(std::span<const Query> queries, const FeatureSchema& schema,
                 SequenceBatch& batch) {
  if (schema.empty()) return;
  std::vector<uint32_t> all(queries.size());
  std::iota(all.begin(), all.end(), 0U);
  const UserInputs inputs = user_inputs({}, schema);
  UserRows rows;
  rows.fill(inputs, schema, queries, all);
  if (!inputs.codes.empty()) batch.user_codes = matrix(rows.codes, queries.size(), torch::kInt64);
  if (!inputs.numbers.empty()) {
    batch.user_numbers = matrix(rows.numbers, queries.size(), torch::kFloat32);
  }
}

}  // namespace kaskad::train
