// The columns of a feature table without its rows: what a model keeps of the table that it was
// trained on, so that a row of any other table (a request's, a dataset read again with its values
// in another order) means the same to it. Columns and values are found by their names.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "kaskad/dataset/features.h"

namespace kaskad {

// Read-only after construction, thread-safe.
class FeatureSchema {
 public:
  struct Column {
    std::string name;
    bool categorical = false;
    size_t dimension = 1;             // of a dense column
    std::vector<std::string> values;  // of a categorical one, in the order of their codes
  };

  FeatureSchema() = default;
  explicit FeatureSchema(std::vector<Column> columns);
  static FeatureSchema of(const FeatureTable& table);

  bool empty() const { return columns_.empty(); }
  const std::vector<Column>& columns() const { return columns_; }
  // Null when there is no column of that name.
  const Column* find(std::string_view name) const;

  // Values of all categorical columns share one range of codes: 0 is for nothing, the others are
  // below num_codes(). Numbers of all dense columns stand side by side.
  size_t num_codes() const { return num_codes_; }
  size_t num_numbers() const { return num_numbers_; }

  // Appends the codes of what `row` says; values that the schema lacks are left out.
  void append_codes(const FeatureRow& row, std::vector<int64_t>& codes) const;
  // numbers (num_numbers) are NaN where `row` says nothing. Throws Error when a column has another
  // dimension than here.
  void write_numbers(const FeatureRow& row, std::span<float> numbers) const;

 private:
  std::vector<Column> columns_;
  // (columns) code of each value; empty for dense columns
  std::vector<std::unordered_map<std::string, int64_t>> codes_;
  size_t num_codes_ = 1, num_numbers_ = 0;
};

// [{name, values: [...]} | {name, dimension}]
void to_json(nlohmann::json& json, const FeatureSchema& schema);
// Throws Error saying which entry is no column.
void from_json(const nlohmann::json& json, FeatureSchema& schema);

}  // namespace kaskad
