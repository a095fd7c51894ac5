// Dots with intervals that live in the cells of a table: the row is the label, the axis stands
// in the column's heading, so the plot and its table are one thing. Called by the pages.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/report/format.h"
#include "kaskad/report/html.h"
#include "kaskad/report/scale.h"

namespace kaskad::html {

struct IntervalMark {
  enum class Shape { kDot, kRing, kTick };  // main figure, second figure, background figure
  double value = 0;
  std::optional<std::pair<double, double>> interval = {};
  Shape shape = Shape::kDot;
  bool emphasis = false;  // drawn in the accent colour
  std::string name = {};  // hover text: "test 0.1671 (0.1602 to 0.1740)"
};

// The marks of one row, one below the other when there are several. Faint lines at the axis'
// ticks run on through the rows; the one at zero is darker. A value outside the scale becomes an
// arrow at its edge. `ticks` are about how many fit.
Html interval_cell(const Scale& scale, const std::vector<IntervalMark>& marks, Format format,
                   int ticks = 4);

// The tick labels, to be put in the heading above the cells of the same scale.
Html interval_axis(const Scale& scale, Format format, int ticks = 4);

// A bar from the left edge, `share` of the cell wide, with its percentage beside it.
Html share_cell(double share);

// Ends, and intervals' ends, of every mark: what a scale must cover.
std::vector<double> extent(const std::vector<std::vector<IntervalMark>>& rows);

}  // namespace kaskad::html
