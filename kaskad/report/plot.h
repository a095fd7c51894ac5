// Plots as SVG written on the server, no plotting library: the plots here are a few plain kinds,
// drawn once, and must print, scale to a phone, follow dark mode by CSS and be readable by a
// machine; a script library is 200 KB a page for canvas pixels that do none of these. What the
// reader touches (hover, sort, filter) is 90 lines of report.js over finished markup.
//
// Everything is placed in percent of the plot, so text keeps its size at any width. Each plot
// carries its values as a table below it. Called by the *_page.cc files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kaskad/report/format.h"
#include "kaskad/report/html.h"
#include "kaskad/report/scale.h"

namespace kaskad::html {

struct Axis {
  std::string label;               // "events per user"
  Format format = Format::kCount;  // of hover texts and the table; ticks shorten counts
  bool logarithmic = false;
};

struct PlotText {
  std::string title;
  std::string words;  // one sentence: what the plot says; also its text for screen readers
};

struct Point {
  double x = 0;
  double y = 0;
};

// A line through the points in their order. `stepped` is for a best so far: y is held until the
// next x, and the last one is written at the end of the line.
Html line_plot(const PlotText& about, const Axis& x, const Axis& y,
               const std::vector<Point>& points, bool stepped = false);

Html scatter_plot(const PlotText& about, const Axis& x, const Axis& y,
                  const std::vector<Point>& points);

struct Mark {
  Point at;
  std::string note;  // added to the hover text: "100 candidates"
};

// Points joined by a line, with their name beside the last one. `reference` is a line to compare
// with: dashed, without marks.
struct Series {
  std::string name;
  std::vector<Mark> marks;
  bool reference = false;
};

Html series_plot(const PlotText& about, const Axis& x, const Axis& y,
                 const std::vector<Series>& series);

// What series_plot() draws, to stand inside an <svg> of any size: axes with their ticks, and each
// series in a group of the classes "series sN". Empty where there is nothing to draw. For
// picture.h.
Html series_drawing(const Axis& x, const Axis& y, const std::vector<Series>& series);

struct Bar {
  std::string label;  // "5-9"
  double value = 0;
  std::string note = {};  // added to the hover text: "42.3% of users"
};

// One bar a category, from zero, in the order given.
Html bar_plot(const PlotText& about, const std::string& category, const Axis& y,
              const std::vector<Bar>& bars);

}  // namespace kaskad::html
