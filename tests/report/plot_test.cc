#include "kaskad/report/plot.h"

#include <gtest/gtest.h>

#include "kaskad/report/interval_plot.h"

namespace kaskad::html {
namespace {

using testing::AssertionResult;

AssertionResult contains(const Html& html, const std::string& part) {
  if (html.markup().find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in " << html.markup();
}

size_t count(const Html& html, const std::string& part) {
  size_t found = 0;
  for (size_t at = 0; (at = html.markup().find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(BarPlot, HeightsAreSharesOfTheAxis) {
  // The axis ends at 4: 3 of 4 is 75% high and begins 25% below the top.
  const Html plot = bar_plot({"Bars", ""}, "size", {"users"}, {{"a", 3}, {"b", 4}});
  EXPECT_TRUE(contains(plot, "y=\"25.00%\" height=\"75.00%\""));
  EXPECT_EQ(count(plot, "<rect"), 2u);
}

TEST(BarPlot, ValuesStandInATableToo) {
  const Html plot = bar_plot({"Bars", ""}, "size", {"users"}, {{"a", 1234, "12% of users"}});
  EXPECT_TRUE(contains(plot, "<title>a: 1,234 users, 12% of users</title>"));
  EXPECT_TRUE(contains(plot, ">1,234</td>"));
}

TEST(BarPlot, LabelsAreThinnedWhenThereAreMany) {
  std::vector<Bar> months;
  for (int i = 0; i < 60; ++i) months.push_back({"2000-01", 1});
  const size_t labels = count(bar_plot({"", ""}, "month", {"rows"}, months), "class=\"x tick");
  EXPECT_LE(labels, 10u);
  EXPECT_GE(labels, 5u);
}

TEST(LinePlot, StepsHoldTheValueUntilTheNextPoint) {
  const Html plot = line_plot({"Line", ""}, {"s"}, {"best"}, {{0, 0}, {1, 4}}, true);
  EXPECT_TRUE(contains(plot, "d=\"M0.0,1000.0H1000.0L1000.0,0.0\""));
}

TEST(ScatterPlot, LogarithmicAxesPlaceByMagnitude) {
  const Html plot = scatter_plot({"Dots", ""}, {"rank", Format::kCount, true},
                                 {"events", Format::kCount, true}, {{1, 100}, {10, 10}, {100, 1}});
  EXPECT_TRUE(contains(plot, "cx=\"50.00%\" cy=\"50.00%\""));
}

TEST(SeriesPlot, NamesEachLineAndNotesItsMarks) {
  const Html plot = series_plot({"Time", ""}, {"ms"}, {"quality"},
                                {{"trees", {{{1, 0}, "100 candidates"}, {{3, 0}, ""}}},
                                 {"right", {{{1, 0}, ""}, {{3, 4}, ""}}, true}});
  EXPECT_EQ(count(plot, "<circle"), 2u);  // the reference has none
  EXPECT_TRUE(contains(plot, "<title>trees, 100 candidates: 1 ms, 0 quality</title>"));
  EXPECT_TRUE(contains(plot, "class=\"line reference\""));
  EXPECT_TRUE(contains(plot, ">trees</text>"));
  EXPECT_TRUE(series_plot({}, {"x"}, {"y"}, {}).empty());
  EXPECT_TRUE(series_plot({}, {"x"}, {"y"}, {{"none", {}}}).empty());
}

TEST(Plots, DescribeThemselvesToScreenReaders) {
  const Html plot = line_plot({"Title", "What it says."}, {"x"}, {"y"}, {{0, 1}, {1, 2}});
  EXPECT_TRUE(contains(plot, "role=\"img\" aria-label=\"Title. What it says.\""));
}

TEST(Plots, WithoutDataThereIsNone) {
  EXPECT_TRUE(line_plot({}, {"x"}, {"y"}, {}).empty());
  EXPECT_TRUE(scatter_plot({}, {"x"}, {"y"}, {}).empty());
  EXPECT_TRUE(bar_plot({}, "x", {"y"}, {}).empty());
}

TEST(Plots, LabelsOfUsersAreEscaped) {
  const Html plot = bar_plot({"<b>", "<i>"}, "<u>", {"<s>"}, {{"<script>", 1, "<em>"}});
  for (const char* tag : {"<b>", "<i>", "<u>", "<s>", "<script>", "<em>"})
    EXPECT_EQ(count(plot, tag), 0u) << tag;
}

TEST(IntervalCell, WhiskerAndDotShareTheScale) {
  const Scale scale = Scale::exact({0, 10});
  const Html cell = interval_cell(scale, {{5, std::pair(4.0, 7.0)}}, Format::kCount);
  EXPECT_TRUE(contains(cell, "x1=\"40.00%\" x2=\"70.00%\""));
  EXPECT_TRUE(contains(cell, "cx=\"50.00%\""));
}

TEST(IntervalCell, HoverSaysValueAndInterval) {
  IntervalMark mark{0.1671, std::pair(0.1602, 0.1740)};
  mark.name = "test";
  EXPECT_TRUE(contains(interval_cell(Scale::exact({0, 1}), {mark}, Format::kMetric),
                       "<title>test 0.1671 (0.1602 to 0.1740)</title>"));
}

TEST(IntervalCell, OutsideTheScaleIsAnArrowAndNoDot) {
  const Html cell = interval_cell(Scale::exact({0, 1}), {{-3, {}}}, Format::kMetric);
  EXPECT_EQ(count(cell, "<circle"), 0u);
  EXPECT_EQ(count(cell, "class=\"beyond\""), 1u);
}

}  // namespace
}  // namespace kaskad::html
