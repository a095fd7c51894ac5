#include "kaskad/report/format.h"

#include <gtest/gtest.h>

#include <limits>

namespace kaskad::html {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Format, CountsHaveThousandsSeparators) {
  EXPECT_EQ(format(0, Format::kCount), "0");
  EXPECT_EQ(format(999, Format::kCount), "999");
  EXPECT_EQ(format(1000, Format::kCount), "1,000");
  EXPECT_EQ(format(1000209, Format::kCount), "1,000,209");
  EXPECT_EQ(format(2.50, Format::kCount), "2.5");
}

TEST(Format, ShortCountsUseLetters) {
  EXPECT_EQ(format(1500, Format::kShort), "1.5k");
  EXPECT_EQ(format(20e6, Format::kShort), "20M");
  EXPECT_EQ(format(0.15, Format::kShort), "0.15");
}

TEST(Format, DifferencesCarryTheirSign) {
  EXPECT_EQ(format(0.004, Format::kSigned), "+0.0040");
  EXPECT_EQ(format(-0.004, Format::kSigned),
            "\xe2\x88\x92"
            "0.0040");
  EXPECT_EQ(format(-0.00001, Format::kSigned), "0.0000");
}

TEST(Format, SharesArePercent) {
  EXPECT_EQ(format(0.4231, Format::kPercent), "42.3%");
  EXPECT_EQ(format(0.42, Format::kPercent), "42%");
}

TEST(Format, SecondsGrowIntoYears) {
  EXPECT_EQ(format(41.2, Format::kSeconds), "41 s");
  EXPECT_EQ(format(150, Format::kSeconds), "2.5 min");
  EXPECT_EQ(format(3 * 3600, Format::kSeconds), "3 h");
  EXPECT_EQ(format(12 * 86400, Format::kSeconds), "12 days");
}

TEST(Format, NotANumberIsADash) { EXPECT_EQ(format(kNan, Format::kMetric), "\xe2\x80\x93"); }

TEST(MetricTitle, UsesTheNamesOfTheLiterature) {
  EXPECT_EQ(metric_title("ndcg@10"), "NDCG@10");
  EXPECT_EQ(metric_title("hit_rate@10"), "HitRate@10");
  EXPECT_EQ(metric_title("my_own@3"), "my_own@3");
}

}  // namespace
}  // namespace kaskad::html
