#include "kaskad/ranking/feature_scaler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace kaskad {
namespace {

using Floats = std::vector<float>;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

Floats scaled(const FeatureScaler& scaler, const Floats& rows) {
  Floats out(rows.size() / scaler.num_columns() * scaler.width(), -7);
  scaler.scale(rows, out.data(), scaler.width());
  return out;
}

TEST(FeatureScaler, NumbersBecomeTheShareOfRowsBelow) {
  Floats rows;
  for (int i = 0; i <= 100; ++i) rows.push_back(std::pow(1.2F, static_cast<float>(i)));
  const std::vector<FeatureColumn> columns = {{"price"}};
  const FeatureScaler scaler(columns, rows);
  ASSERT_EQ(scaler.width(), 1u);
  const Floats out = scaled(scaler, rows);
  for (size_t i = 0; i <= 100; ++i) {
    EXPECT_NEAR(out[i], 2 * (static_cast<double>(i) + 0.5) / 101 - 1, 0.02) << i;
  }
  // Beyond what was seen, the outermost levels.
  EXPECT_EQ(scaled(scaler, {-5})[0], out.front());
  EXPECT_EQ(scaled(scaler, {1e30F})[0], out.back());
}

TEST(FeatureScaler, EqualValuesStandInTheMiddleOfTheirPlaces) {
  const std::vector<FeatureColumn> columns = {{"count"}};
  const FeatureScaler scaler(columns, Floats{0, 0, 0, 0, 0, 0, 1, 1, 2, 2});
  EXPECT_EQ(scaled(scaler, {0, 1, 2, 1.5}), (Floats{-0.4F, 0.4F, 0.8F, scaled(scaler, {1.5})[0]}));
  EXPECT_NEAR(scaled(scaler, {1.5})[0], 0.6, 1e-6);
}

TEST(FeatureScaler, WhatIsNotKnownIsSaid) {
  const std::vector<FeatureColumn> columns = {{"a"}, {"b"}};
  const FeatureScaler scaler(columns, Floats{1, 5, kUnknown, 6, 3, 7});
  ASSERT_EQ(scaler.width(), 3u);  // b was always known
  const Floats out = scaled(scaler, {kUnknown, kUnknown, 1, 5});
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 1);
  EXPECT_EQ(out[2], 0);
  EXPECT_LT(out[3], 0);
  EXPECT_EQ(out[4], 0);
}

TEST(FeatureScaler, CategoriesBecomeColumns) {
  const std::vector<FeatureColumn> columns = {{"colour", 3}, {"a"}};
  const FeatureScaler scaler(columns, Floats{0, 1, 2, 2});
  const Floats out = scaled(scaler, {2, 1, kUnknown, 1, 9, 1});
  ASSERT_EQ(scaler.width(), 4u);
  EXPECT_EQ(Floats(out.begin(), out.begin() + 3), (Floats{0, 0, 1}));
  EXPECT_EQ(Floats(out.begin() + 4, out.begin() + 7), (Floats{0, 0, 0}));
  EXPECT_EQ(Floats(out.begin() + 8, out.begin() + 11), (Floats{0, 0, 0}));
}

TEST(FeatureScaler, NumbersThatSayNothingAreZero) {
  const std::vector<FeatureColumn> columns = {{"constant"}, {"never"}};
  const FeatureScaler scaler(columns, Floats{4, kUnknown, 4, kUnknown});
  EXPECT_EQ(scaled(scaler, {4, 8}), (Floats{0, 0, 0}));
}

TEST(FeatureScaler, IsTheSameWhenReadBack) {
  const std::vector<FeatureColumn> columns = {{"a"}, {"colour", 2}, {"b"}};
  const FeatureScaler scaler(columns, Floats{0.1F, 1, kUnknown, 0.3F, 0, 5, 0.7F, 1, 6});
  const auto back = nlohmann::json::parse(nlohmann::json(scaler).dump()).get<FeatureScaler>();
  EXPECT_EQ(back.width(), scaler.width());
  const Floats rows = {0.2F, 1, kUnknown, 0.65F, 0, 5.5F};
  EXPECT_EQ(scaled(back, rows), scaled(scaler, rows));
}

TEST(FeatureScaler, RowsMayStandApart) {
  const std::vector<FeatureColumn> columns = {{"a"}};
  const FeatureScaler scaler(columns, Floats{1, 2, 3});
  Floats out(6, 9);
  scaler.scale(Floats{3, 1}, out.data() + 1, 3);
  EXPECT_EQ(out[0], 9);
  EXPECT_GT(out[1], 0);
  EXPECT_EQ(out[2], 9);
  EXPECT_LT(out[4], 0);
}

}  // namespace
}  // namespace kaskad
