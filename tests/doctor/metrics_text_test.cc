#include "kaskad/doctor/metrics_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "tests/fuzz/metrics_text_target.h"

namespace kaskad::doctor {
namespace {

MetricsText parse(std::string_view text) { return MetricsText::parse(text, "x/metrics"); }

std::string error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MetricsText, ReadsNamesLabelsAndValues) {
  const MetricsText text = parse(
      "# HELP a Something.\n# TYPE a counter\na 1\n\n"
      "b{x=\"1\",y=\"two words\"} 2.5e3 1700000000000\r\n"
      "b{ x=\"2\", } -3\n"
      "c_bucket{le=\"+Inf\"} +Inf\nd NaN");
  EXPECT_EQ(text.names(), (std::vector<std::string>{"a", "b", "c_bucket", "d"}));
  EXPECT_EQ(text.of("a")[0].value, 1);
  ASSERT_EQ(text.of("b").size(), 2U);
  EXPECT_EQ(text.of("b")[0].label("y"), "two words");
  EXPECT_EQ(text.of("b")[0].value, 2500);
  EXPECT_EQ(text.of("b")[1].labels, (Labels{{"x", "2"}}));
  EXPECT_TRUE(std::isinf(text.of("c_bucket")[0].value));
  EXPECT_TRUE(std::isnan(text.of("d")[0].value));
  EXPECT_TRUE(text.of("e").empty());
}

TEST(MetricsText, ValuesOfLabelsMayHoldAnything) {
  const MetricsText text = parse("a{x=\"a\\\"b\\\\c\\nd},{\",y=\"\"} 1\n");
  EXPECT_EQ(text.of("a")[0].label("x"), "a\"b\\c\nd},{");
  EXPECT_EQ(text.of("a")[0].label("y"), "");
}

TEST(MetricsText, SaysWhereItIsMalformed) {
  EXPECT_EQ(error_of("a 1\n<html>"),
            "x/metrics, line 2: found '<html>', expected the name of a metric");
  EXPECT_EQ(error_of("a{x=1} 1"),
            "x/metrics, line 1: found '1} 1', expected a value in double "
            "quotes");
  EXPECT_EQ(error_of("a{x=\"1\""),
            "x/metrics, line 1: found the end of the line, expected ',' or "
            "'}'");
  EXPECT_EQ(error_of("a{x=\"1"),
            "x/metrics, line 1: found the end of the line, expected the closing "
            "quote of a value");
  EXPECT_EQ(error_of("a{x=\"1\",x=\"2\"} 1"),
            "x/metrics, line 1: found '} 1', expected each label once");
  EXPECT_EQ(error_of("a one"), "x/metrics, line 1: found 'one', expected a number");
  EXPECT_EQ(error_of("a 1 soon"),
            "x/metrics, line 1: found ' soon', expected a time in milliseconds, or nothing");
  EXPECT_EQ(error_of("a"), "x/metrics, line 1: found the end of the line, expected a number");
}

TEST(MetricsText, NoBytesCrashIt) {
  for (const char* text : {"", "{", "a{", "a{x", "a{x=", "a{x=\"\\", "a{x=\"\"", "a{x=\"\",",
                           "a 1e999", "\xff\xfe", "a{}", "a{} 1", "a{,} 1"}) {
    fuzz::metrics_text(text);
  }
}

}  // namespace
}  // namespace kaskad::doctor
