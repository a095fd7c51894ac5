#include "kaskad/report/interval_plot.h"

#include <algorithm>
#include <cmath>

namespace kaskad::html {
namespace {

constexpr int kRowHeight = 15;  // pixels of one mark

Html vertical_line(const char* css_class, const std::string& x, const std::string& y1,
                   const std::string& y2) {
  return element("line", {{"class", css_class}, {"x1", x}, {"x2", x}, {"y1", y1}, {"y2", y2}});
}

Html shape_of(const IntervalMark& mark, const std::string& x, double y) {
  const std::string centre = std::to_string(y);
  switch (mark.shape) {
    case IntervalMark::Shape::kTick:
      return vertical_line("median", x, std::to_string(y - 5), std::to_string(y + 5));
    case IntervalMark::Shape::kDot:
    case IntervalMark::Shape::kRing: {
      const bool ring = mark.shape == IntervalMark::Shape::kRing;
      return element("circle", {{"class", ring ? "ring" : "dot"},
                                {"cx", x},
                                {"cy", centre},
                                {"r", ring ? "3.5" : "4.5"}});
    }
  }
  return {};
}

// "0.1671 (0.1602 to 0.1740)"
std::string figures(const IntervalMark& mark, Format how) {
  std::string words = format(mark.value, how);
  if (mark.interval)
    words += " (" + format_interval(mark.interval->first, mark.interval->second, how) + ")";
  return words;
}

// A value outside the scale gets an arrow at the edge, not a dot in a wrong place.
Html drawing_of(const Scale& scale, const IntervalMark& mark, double y) {
  const std::string centre = std::to_string(y);
  if (mark.value < scale.low() || mark.value > scale.high()) {
    const bool left = mark.value < scale.low();
    return element("text", {{"class", "beyond"}, {"x", left ? "0" : "100%"}, {"y", centre}},
                   text(left ? "\xe2\x97\x82" : "\xe2\x96\xb8"));
  }
  Html whisker;
  if (mark.interval)
    whisker = element("line", {{"class", "whisker"},
                               {"x1", scale.percent(mark.interval->first)},
                               {"x2", scale.percent(mark.interval->second)},
                               {"y1", centre},
                               {"y2", centre}});
  return whisker + shape_of(mark, scale.percent(mark.value), y);
}

Html mark_at(const Scale& scale, const IntervalMark& mark, double y, Format how) {
  return element(
      "g", {{"class", mark.emphasis ? "mark accent" : "mark"}},
      element("title", text(mark.name + " " + figures(mark, how))) + drawing_of(scale, mark, y));
}

}  // namespace

Html interval_cell(const Scale& scale, const std::vector<IntervalMark>& marks, Format how,
                   int ticks) {
  Html lines;  // an svg of its own, as high as the row, so that rows join to one plot
  for (double tick : scale.ticks(ticks))
    lines += vertical_line(tick == 0 && scale.low() < 0 ? "grid zero" : "grid", scale.percent(tick),
                           "0", "100%");
  Html drawing;
  int rows = 0;
  for (const IntervalMark& mark : marks) {
    if (!std::isfinite(mark.value)) continue;
    drawing += mark_at(scale, mark, kRowHeight * (rows + 0.5), how);
    if (mark.shape != IntervalMark::Shape::kTick) ++rows;  // a tick lies under the next mark
  }
  const int height = kRowHeight * std::max(rows, 1);
  return element("svg", {{"class", "lines"}, {"aria-hidden", "true"}}, lines) +
         element(
             "svg",
             {{"class", "intervals"}, {"aria-hidden", "true"}, {"height", std::to_string(height)}},
             drawing);
}

Html interval_axis(const Scale& scale, Format how, int ticks) {
  Html labels;
  for (double tick : scale.ticks(ticks))
    labels += element("text", {{"class", "x tick"}, {"x", scale.percent(tick)}, {"y", "12"}},
                      text(format(tick, how)));
  return element("svg", {{"class", "intervals axis"}, {"aria-hidden", "true"}, {"height", "16"}},
                 labels);
}

Html share_cell(double share) {
  return element(
      "span", {{"class", "share"}},
      element("span", {{"class", "share-bar"}, {"style", "width:" + percent_length(0.6 * share)}}) +
          text(format(share, Format::kPercent)));
}

std::vector<double> extent(const std::vector<std::vector<IntervalMark>>& rows) {
  std::vector<double> values;
  for (const auto& row : rows)
    for (const IntervalMark& mark : row) {
      values.push_back(mark.value);
      if (mark.interval) values.insert(values.end(), {mark.interval->first, mark.interval->second});
    }
  return values;
}

}  // namespace kaskad::html
