// A plot as a file of its own, for documents that show pictures: SVG of a fixed size, style inside,
// a colour and an entry of the legend for each series. Drawn by the code of plot.h. Called by the
// *_page.cc files.
#pragma once

#include <string>
#include <vector>

#include "kaskad/report/plot.h"

namespace kaskad::html {

// A whole SVG file; empty where there is nothing to draw.
std::string series_picture(const PlotText& about, const Axis& x, const Axis& y,
                           const std::vector<Series>& series);

}  // namespace kaskad::html
