#include "kaskad/ranking/feature_scaler.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kQuantiles = 32;

}  // namespace

FeatureScaler::Column FeatureScaler::learn(size_t categories, std::vector<float> values) {
  Column column;
  column.categories = categories;
  if (categories > 0) return column;
  const size_t known =
      static_cast<size_t>(std::erase_if(values, [](float value) { return std::isnan(value); }));
  column.missing = known > 0;
  std::sort(values.begin(), values.end());
  for (size_t q = 0; q <= kQuantiles && !values.empty(); ++q) {
    const float value = values[q * (values.size() - 1) / kQuantiles];
    if (!column.knots.empty() && column.knots.back().value == value) continue;
    // Equal values stand in the middle of the places that they take.
    const auto [first, last] = std::equal_range(values.begin(), values.end(), value);
    const auto below = static_cast<double>(first - values.begin());
    const auto upto = static_cast<double>(last - values.begin());
    const double share = (below + upto) / 2 / static_cast<double>(values.size());
    column.knots.push_back({value, static_cast<float>(2 * share - 1)});
  }
  return column;
}

FeatureScaler::FeatureScaler(std::span<const FeatureColumn> columns, std::span<const float> rows) {
  KASKAD_ASSERT(!columns.empty() && rows.size() % columns.size() == 0);
  const size_t n = rows.size() / columns.size();
  for (size_t c = 0; c < columns.size(); ++c) {
    std::vector<float> values(n);
    for (size_t i = 0; i < n; ++i) values[i] = rows[i * columns.size() + c];
    columns_.push_back(learn(columns[c].categories, std::move(values)));
    width_ += columns_.back().width();
  }
}

float FeatureScaler::level(const std::vector<Knot>& knots, float value) {
  if (knots.empty()) return 0;
  const auto above = std::upper_bound(knots.begin(), knots.end(), value,
                                      [](float a, const Knot& knot) { return a < knot.value; });
  if (above == knots.begin()) return knots.front().level;
  const Knot& low = above[-1];
  if (above == knots.end()) return low.level;
  const float share = (value - low.value) / (above->value - low.value);
  return low.level + share * (above->level - low.level);
}

void FeatureScaler::scale(std::span<const float> rows, float* out, size_t stride) const {
  for (size_t begin = 0; begin < rows.size(); begin += columns_.size(), out += stride) {
    float* to = out;
    for (size_t c = 0; c < columns_.size(); ++c) {
      const Column& column = columns_[c];
      const float value = rows[begin + c];
      if (column.categories > 0) {
        std::fill_n(to, column.categories, 0.0F);
        const auto code = static_cast<size_t>(value >= 0 ? value : 0);
        if (value >= 0 && code < column.categories) to[code] = 1;
      } else {
        to[0] = std::isnan(value) ? 0 : level(column.knots, value);
        if (column.missing) to[1] = std::isnan(value) ? 1 : 0;
      }
      to += column.width();
    }
  }
}

void to_json(nlohmann::json& json, const FeatureScaler& scaler) {
  json = nlohmann::json::array();
  for (const FeatureScaler::Column& column : scaler.columns_) {
    nlohmann::json values = nlohmann::json::array(), levels = nlohmann::json::array();
    for (const FeatureScaler::Knot& knot : column.knots) {
      values.push_back(knot.value);
      levels.push_back(knot.level);
    }
    json.push_back({{"categories", column.categories},
                    {"missing", column.missing},
                    {"values", values},
                    {"levels", levels}});
  }
}

void from_json(const nlohmann::json& json, FeatureScaler& scaler) {
  scaler = {};
  for (const nlohmann::json& entry : json) {
    FeatureScaler::Column column;
    entry.at("categories").get_to(column.categories);
    entry.at("missing").get_to(column.missing);
    const auto values = entry.at("values").get<std::vector<float>>();
    const auto levels = entry.at("levels").get<std::vector<float>>();
    for (size_t k = 0; k < std::min(values.size(), levels.size()); ++k) {
      column.knots.push_back({values[k], levels[k]});
    }
    scaler.width_ += column.width();
    scaler.columns_.push_back(std::move(column));
  }
}

}  // namespace kaskad
