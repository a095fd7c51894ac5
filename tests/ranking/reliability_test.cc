#include "kaskad/ranking/reliability.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/ranking/simple_rankers.h"
#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

TEST(Reliability, BinsHoldEqualNumbersByRisingProbability) {
  // Two bins of two: (.1 + .2) / 2 against 1/2, (.6 + .8) / 2 against 2/2.
  const Reliability found = measure_reliability(std::vector<float>{0.8f, 0.1f, 0.6f, 0.2f},
                                                std::vector<uint8_t>{1, 0, 1, 1}, 2);
  ASSERT_EQ(found.bins.size(), 2U);
  EXPECT_NEAR(found.bins[0].predicted, 0.15, 1e-7);
  EXPECT_EQ(found.bins[0].observed, 1 / 2.0);
  EXPECT_NEAR(found.bins[1].predicted, 0.7, 1e-7);
  EXPECT_EQ(found.bins[1].observed, 1);
  EXPECT_NEAR(found.ece, 2 / 4.0 * (0.5 - 0.15) + 2 / 4.0 * (1 - 0.7), 1e-7);
  EXPECT_NEAR(found.brier, (0.2 * 0.2 + 0.1 * 0.1 + 0.4 * 0.4 + 0.8 * 0.8) / 4, 1e-7);
  EXPECT_EQ(found.base_rate, 3 / 4.0);
  EXPECT_EQ(found.brier_plain, 3 / 4.0 * 1 / 4.0);
}

// A plateau of an isotonic curve is one bin, however many bins were asked for.
TEST(Reliability, EqualProbabilitiesAreNotTornApart) {
  const Reliability found = measure_reliability(std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f, 0.9f},
                                                std::vector<uint8_t>{0, 1, 0, 1, 1}, 5);
  ASSERT_EQ(found.bins.size(), 2U);
  EXPECT_EQ(found.bins[0].count, 4U);
  EXPECT_NEAR(found.ece, 1 / 5.0 * (1 - 0.9), 1e-7);
}

TEST(Reliability, EveryCandidateIsInOneBin) {
  for (size_t count = 1; count < 50; ++count) {
    std::vector<float> probabilities;
    for (size_t i = 0; i < count; ++i) probabilities.push_back(static_cast<float>(i * i % 11) / 11);
    const Reliability found = measure_reliability(probabilities, std::vector<uint8_t>(count, 1));
    size_t sum = 0;
    for (const ReliabilityBin& bin : found.bins) sum += bin.count;
    EXPECT_EQ(sum, count);
    EXPECT_LE(found.bins.size(), kReliabilityBins);
  }
}

TEST(Reliability, OfACalibratedRankerSaysHeadAndMethod) {
  const ColourLog& log = colour_log();
  Calibration calibration;
  calibration.heads = {PlattCurve{0, 0}};  // 1/2 for everybody
  const auto found = measure_calibration(RetrievalOrder(kColourItems), calibration, log.log.data,
                                         log.validation, 1);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["head"], "next");
  EXPECT_EQ(found[0]["method"], "platt");
  EXPECT_EQ(found[0]["bins"].size(), 1U);
  const double rate = found[0]["base_rate"];
  EXPECT_NEAR(found[0]["ece"].get<double>(), std::abs(rate - 0.5), 1e-9);
}

}  // namespace
}  // namespace kaskad
