// The features of a user as a request gives them: values by name, made into a row of a feature
// table that a model reads. Called by recommend_api.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kaskad/dataset/feature_files.h"
#include "kaskad/dataset/feature_schema.h"

namespace kaskad {

// {"name": value or list of values}; null is an empty list.
struct GivenFeature {
  std::string name;
  std::vector<std::string> values;  // a number stands for its decimal text
  std::vector<float> numbers;       // (values) when all are numbers, else empty
};

// A table of one row, as `schema` has its columns. Neither copied nor moved: the table's spans
// point into the columns.
class GivenRow {
 public:
  GivenRow() = default;
  GivenRow(const GivenRow&) = delete;
  GivenRow& operator=(const GivenRow&) = delete;

  // The sentence that says which feature does not fit, or nothing.
  std::optional<std::string> set(const std::vector<GivenFeature>& given,
                                 const FeatureSchema& schema);
  FeatureRow row() const { return {&table_, 0}; }
  // "name=value" of categories that the schema lacks; such a value counts as unknown.
  const std::vector<std::string>& unknown_values() const { return unknown_values_; }

 private:
  FeatureColumns columns_;
  FeatureTable table_;
  std::vector<std::string> unknown_values_;
};

}  // namespace kaskad
