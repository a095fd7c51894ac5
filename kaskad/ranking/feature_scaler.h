// The features of candidates as a network wants them: numbers on one scale, categories as columns
// of 0 and 1, what is not known as 0 beside a column that says so.
//
// A number becomes the share of the learned rows that lie below it, from -1 to 1: counts and prices
// are spread over decades, and neither a standard deviation nor a logarithm brings all of them onto
// one scale. Between quantiles the map is linear.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "kaskad/ranking/features.h"

namespace kaskad {

// Read-only after construction, thread-safe.
class FeatureScaler {
 public:
  FeatureScaler() = default;
  // `rows` is (n, columns), row-major, NaN: not known. More than some 100,000 rows add nothing.
  FeatureScaler(std::span<const FeatureColumn> columns, std::span<const float> rows);

  size_t num_columns() const { return columns_.size(); }
  size_t width() const { return width_; }  // numbers of a row that has been scaled

  // Row i of `rows` (n, num_columns) goes to the `width` numbers from out + i * stride.
  void scale(std::span<const float> rows, float* out, size_t stride) const;

 private:
  struct Knot {
    float value, level;  // level in [-1, 1]
  };
  struct Column {
    size_t categories = 0;    // 0: a number
    bool missing = false;     // a further column is 1 where the number is not known
    std::vector<Knot> knots;  // of a number, by value; empty: it says nothing
    size_t width() const { return categories > 0 ? categories : 1 + (missing ? 1 : 0); }
  };

  static Column learn(size_t categories, std::vector<float> values);
  static float level(const std::vector<Knot>& knots, float value);

  std::vector<Column> columns_;
  size_t width_ = 0;

  friend void to_json(nlohmann::json& json, const FeatureScaler& scaler);
  friend void from_json(const nlohmann::json& json, FeatureScaler& scaler);
};

}  // namespace kaskad
