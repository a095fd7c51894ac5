#include "kaskad/doctor/readings.h"

#include <gtest/gtest.h>

namespace kaskad::doctor {
namespace {

Readings readings(std::string_view first, std::string_view second) {
  return {MetricsText::parse(first, "first"), MetricsText::parse(second, "second"), 10, 1.7e9};
}

TEST(Readings, SumWhatHasTheLabels) {
  const Readings r = readings("", "a{x=\"1\",y=\"p\"} 2\na{x=\"1\",y=\"q\"} 3\na{x=\"2\"} 4\n");
  EXPECT_EQ(r.value("a"), 9);
  EXPECT_EQ(r.value("a", {{"x", "1"}}), 5);
  EXPECT_EQ(r.value("a", {{"x", "3"}}), std::nullopt);
  EXPECT_EQ(r.value("b"), std::nullopt);
  EXPECT_EQ(r.values_of("a", "y"), (std::vector<std::string>{"", "p", "q"}));
}

TEST(Readings, CountersGrowSeriesBySeries) {
  const Readings r =
      readings("a{x=\"1\"} 10\na{x=\"2\"} 100\n", "a{x=\"1\"} 15\na{x=\"2\"} 3\na{x=\"3\"} 1\n");
  EXPECT_EQ(r.increase("a", {{"x", "1"}}), 5);
  EXPECT_EQ(r.increase("a", {{"x", "2"}}), 3) << "it began anew";
  EXPECT_EQ(r.increase("a"), 9) << "one that was not there before was 0";
  EXPECT_EQ(r.increase("b"), 0);
}

TEST(Readings, QuantilesAreThoseOfTheTimeInBetween) {
  const auto histogram = [](int first, int second, int all) {
    return "h_bucket{le=\"0.1\"} " + std::to_string(first) + "\nh_bucket{le=\"0.2\"} " +
           std::to_string(second) + "\nh_bucket{le=\"+Inf\"} " + std::to_string(all) + "\n";
  };
  const Readings r = readings(histogram(1000, 1000, 1000), histogram(1050, 1100, 1100));
  EXPECT_NEAR(*r.quantile("h", 0.25), 0.05, 1e-12);
  EXPECT_NEAR(*r.quantile("h", 0.75), 0.15, 1e-12);
  const Readings slow = readings(histogram(0, 0, 0), histogram(0, 0, 10));
  EXPECT_NEAR(*slow.quantile("h", 0.99), 0.2, 1e-12) << "the last bound there is";
  EXPECT_EQ(readings(histogram(5, 5, 5), histogram(5, 5, 5)).quantile("h", 0.5), std::nullopt);
  EXPECT_EQ(readings("", "").quantile("h", 0.5), std::nullopt);
}

}  // namespace
}  // namespace kaskad::doctor
