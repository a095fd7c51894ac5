#include "kaskad/dataset/feature_schema.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// The feature of that name, or null.
template <typename Feature>
const Feature* find_feature(const std::vector<Feature>& features, std::string_view name) {
  const auto found = std::find_if(features.begin(), features.end(),
                                  [&](const Feature& feature) { return feature.name == name; });
  return found == features.end() ? nullptr : &*found;
}

FeatureSchema::Column read_column(const nlohmann::json& json) {
  const bool named = json.is_object() && json.contains("name") && json["name"].is_string();
  const bool categorical = named && json.contains("values") && json["values"].is_array();
  const bool dense = named && json.contains("dimension") && json["dimension"].is_number_unsigned();
  if (categorical == dense) {
    throw Error("a feature schema: found " + json.dump().substr(0, 80) +
                ", expected {name, values} or {name, dimension}");
  }
  FeatureSchema::Column column{.name = json["name"], .categorical = categorical, .values = {}};
  if (dense) {
    column.dimension = json["dimension"];
    return column;
  }
  for (const auto& value : json["values"]) {
    if (!value.is_string()) {
      throw Error("a feature schema, column '" + column.name + "': found the value " +
                  value.dump().substr(0, 80) + ", expected a text");
    }
    column.values.push_back(value);
  }
  return column;
}

}  // namespace

FeatureSchema::FeatureSchema(std::vector<Column> columns)
    : columns_(std::move(columns)), codes_(columns_.size()) {
  for (size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    if (!column.categorical) {
      num_numbers_ += column.dimension;
      continue;
    }
    for (const std::string& value : column.values) {
      codes_[c].emplace(value, static_cast<int64_t>(num_codes_++));
    }
  }
}

FeatureSchema FeatureSchema::of(const FeatureTable& table) {
  std::vector<Column> columns;
  for (const CategoricalFeature& feature : table.categorical) {
    columns.push_back({.name = feature.name, .categorical = true, .values = feature.names});
  }
  for (const DenseFeature& feature : table.dense) {
    columns.push_back({.name = feature.name, .dimension = feature.dimension, .values = {}});
  }
  return FeatureSchema(std::move(columns));
}

const FeatureSchema::Column* FeatureSchema::find(std::string_view name) const {
  return find_feature(columns_, name);
}

void FeatureSchema::append_codes(const FeatureRow& row, std::vector<int64_t>& codes) const {
  if (!row.table) return;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (!columns_[c].categorical) continue;
    const auto* feature = find_feature(row.table->categorical, columns_[c].name);
    if (!feature) continue;
    for (uint64_t at = feature->offsets[row.row]; at < feature->offsets[row.row + 1]; ++at) {
      const auto code = codes_[c].find(feature->names[feature->codes[at]]);
      if (code != codes_[c].end()) codes.push_back(code->second);
    }
  }
}

void FeatureSchema::write_numbers(const FeatureRow& row, std::span<float> numbers) const {
  KASKAD_ASSERT(numbers.size() == num_numbers_);
  std::fill(numbers.begin(), numbers.end(), std::numeric_limits<float>::quiet_NaN());
  if (!row.table) return;
  size_t first = 0;
  for (const Column& column : columns_) {
    if (column.categorical) continue;
    if (const auto* feature = find_feature(row.table->dense, column.name)) {
      if (feature->dimension != column.dimension) {
        throw Error("the feature '" + column.name + "': found " +
                    std::to_string(feature->dimension) + " numbers, expected " +
                    std::to_string(column.dimension) + " as the model was trained with");
      }
      const auto values = feature->values.subspan(row.row * column.dimension, column.dimension);
      std::copy(values.begin(), values.end(), numbers.begin() + static_cast<ptrdiff_t>(first));
    }
    first += column.dimension;
  }
}

void to_json(nlohmann::json& json, const FeatureSchema& schema) {
  json = nlohmann::json::array();
  for (const FeatureSchema::Column& column : schema.columns()) {
    if (column.categorical) {
      json.push_back({{"name", column.name}, {"values", column.values}});
    } else {
      json.push_back({{"name", column.name}, {"dimension", column.dimension}});
    }
  }
}

void from_json(const nlohmann::json& json, FeatureSchema& schema) {
  if (!json.is_array()) {
    throw Error("a feature schema: found " + json.dump().substr(0, 80) +
                ", expected a list of columns");
  }
  std::vector<FeatureSchema::Column> columns;
  for (const auto& entry : json) columns.push_back(read_column(entry));
  schema = FeatureSchema(std::move(columns));
}

}  // namespace kaskad
