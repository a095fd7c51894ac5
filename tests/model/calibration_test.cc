#include "kaskad/model/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

TEST(Calibration, PlattIsALogisticCurve) {
  const ProbabilityCurve curve = PlattCurve{2, -1};
  EXPECT_FLOAT_EQ(probability(curve, 0.5f), 1 / 2.0f);  // 2 * .5 - 1 = 0
  EXPECT_FLOAT_EQ(probability(curve, 1), static_cast<float>(1 / (1 + std::exp(-1.0))));
}

TEST(Calibration, IsotonicIsStraightBetweenItsPointsAndLevelBeyond) {
  const ProbabilityCurve curve = IsotonicCurve{{1, 3, 4}, {0.1, 0.5, 0.5}};
  EXPECT_FLOAT_EQ(probability(curve, -9), 0.1f);
  EXPECT_FLOAT_EQ(probability(curve, 1), 0.1f);
  EXPECT_FLOAT_EQ(probability(curve, 2), 0.3f);  // halfway
  EXPECT_FLOAT_EQ(probability(curve, 3.5f), 0.5f);
  EXPECT_FLOAT_EQ(probability(curve, 99), 0.5f);
}

TEST(Calibration, ComesBackFromJson) {
  Calibration calibration;
  calibration.impressions_hash = "lists";
  calibration.heads = {IsotonicCurve{{0.1, 1.0 / 3}, {0, 2.0 / 3}}, IsotonicCurve{{5}, {1}}};
  const auto back = json::parse(json(calibration).dump()).get<Calibration>();
  EXPECT_EQ(back.impressions_hash, "lists");
  EXPECT_EQ(back.method(), "isotonic");
  ASSERT_EQ(back.heads.size(), 2U);
  for (const float score : {0.0f, 0.2f, 0.3f, 9.0f}) {
    EXPECT_EQ(back.probability(0, score), calibration.probability(0, score));
    EXPECT_EQ(back.probability(1, score), 1);
  }
}

TEST(Calibration, DamagedCurvesAreRefused) {
  const auto read = [](const char* head) {
    json saved = {{"method", "isotonic"}, {"impressions_hash", ""}};
    saved["heads"].push_back(json::parse(head));
    return saved.get<Calibration>();
  };
  EXPECT_NO_THROW(read(R"({"scores": [1, 2], "probabilities": [0, 1]})"));
  EXPECT_THROW(read(R"({"scores": [1, 1], "probabilities": [0, 1]})"), Error);
  EXPECT_THROW(read(R"({"scores": [1, 2], "probabilities": [1, 0]})"), Error);
  EXPECT_THROW(read(R"({"scores": [1, 2], "probabilities": [1]})"), Error);
  EXPECT_THROW(read(R"({"scores": [], "probabilities": []})"), Error);
}

}  // namespace
}  // namespace kaskad
