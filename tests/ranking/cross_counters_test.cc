#include "kaskad/ranking/cross_counters.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kaskad {
namespace {

// Rows of a share, a flag, and a number that never changes.
const std::vector<std::string> kNames = {"share_query:item_click_7d", "missing_query:item_click_7d",
                                         "rate_query:item_click_7d"};
const std::vector<float> kRows = {0.25F, 0, 0.5F, 1, 1, 0.5F};

TEST(CounterScale, SharesByMagnitudeFlagsAsTheyAre) {
  const CounterScale scale = CounterScale::learn(kNames, kRows, /*logarithms=*/true);
  EXPECT_EQ(scale.logged, (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(scale.mean, (std::vector<float>{-1, 0.5F, -1}));  // of -2 and 0; 0 and 1; -1 and -1
  EXPECT_EQ(scale.inverse, (std::vector<float>{1, 2, 0}));    // deviations 1, 1/2, none
  std::vector<float> out(6);
  scale.scale(kRows, out.data(), 3);
  EXPECT_EQ(out, (std::vector<float>{-1, -1, 0, 1, 1, 0}));
}

TEST(CounterScale, WithoutLogarithmsAllAreAsTheyAre) {
  const CounterScale scale = CounterScale::learn(kNames, kRows, /*logarithms=*/false);
  EXPECT_EQ(scale.logged, (std::vector<uint8_t>{0, 0, 0}));
  EXPECT_EQ(scale.mean, (std::vector<float>{0.625F, 0.5F, 0.5F}));
}

TEST(CounterScale, IsReadAsItWasWritten) {
  const CounterScale scale = CounterScale::learn(kNames, kRows, true);
  const auto back = nlohmann::json::parse(nlohmann::json(scale).dump()).get<CounterScale>();
  EXPECT_EQ(back.logged, scale.logged);
  EXPECT_EQ(back.mean, scale.mean);
  EXPECT_EQ(back.inverse, scale.inverse);
}

}  // namespace
}  // namespace kaskad
