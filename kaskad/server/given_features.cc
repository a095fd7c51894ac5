#include "kaskad/server/given_features.h"

#include <algorithm>
#include <numeric>

namespace kaskad {
namespace {

CategoricalColumn categorical(const GivenFeature& feature) {
  CategoricalColumn column{
      .name = feature.name, .names = feature.values, .offsets = {}, .codes = {}};
  column.offsets = {0, feature.values.size()};
  column.codes.resize(feature.values.size());
  std::iota(column.codes.begin(), column.codes.end(), 0U);
  return column;
}

std::string names_of(const FeatureSchema& schema) {
  std::string names;
  for (const auto& column : schema.columns()) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

}  // namespace

std::optional<std::string> GivenRow::set(const std::vector<GivenFeature>& given,
                                         const FeatureSchema& schema) {
  for (const GivenFeature& feature : given) {
    const FeatureSchema::Column* column = schema.find(feature.name);
    if (!column) {
      return "'user_features': found '" + feature.name.substr(0, 60) +
             "', expected one of: " + names_of(schema);
    }
    if (column->categorical) {
      for (const std::string& value : feature.values) {
        if (std::ranges::find(column->values, value) != column->values.end()) continue;
        unknown_values_.push_back(feature.name + "=" + value);
      }
      columns_.categorical.push_back(categorical(feature));
      continue;
    }
    if (feature.values.empty()) continue;
    if (feature.numbers.size() != column->dimension) {
      const bool numbers = feature.numbers.size() == feature.values.size();
      return "'user_features', '" + feature.name + "': found " +
             (numbers ? std::to_string(feature.numbers.size()) + " numbers" : "a text") +
             ", expected " +
             (column->dimension == 1 ? "a number" : std::to_string(column->dimension) + " numbers");
    }
    columns_.dense.push_back({feature.name, column->dimension, feature.numbers});
  }
  table_ = table_of(columns_, 1);
  return std::nullopt;
}

}  // namespace kaskad
