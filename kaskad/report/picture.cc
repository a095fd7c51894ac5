#include "kaskad/report/picture.h"

#include <array>

namespace kaskad::html {
namespace {

constexpr int kWidth = 860, kHeight = 440;
constexpr int kLeft = 58, kTop = 86, kPlotWidth = 560, kPlotHeight = 300;
constexpr int kLegend = kLeft + kPlotWidth + 28, kLegendLine = 20;

// Told apart by most eyes (Okabe and Ito 2008), then shades of grey and brown.
constexpr std::array kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
                                 "#56b4e9", "#000000", "#8a6d3b", "#7d8894", "#b8a400"};

const char* colour(size_t series) { return kColours[series % kColours.size()]; }

Html style(size_t series) {
  std::string css =
      "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:#5b636d}"
      ".title{font-size:16px;font-weight:650;fill:#1d2126}.name{fill:#1d2126}.direct{display:none}"
      ".y.tick,.y.label{text-anchor:start}.y.tick{text-anchor:end}.x.tick{text-anchor:middle}"
      ".x.label{text-anchor:end}.grid{stroke:#eef0f2}.base{stroke:#7d8894}"
      ".line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}"
      ".line.reference{stroke:#7d8894;stroke-dasharray:5 4}";
  for (size_t s = 0; s < series; ++s) {
    const std::string group = ".s" + std::to_string(s);
    css += group + " .line{stroke:" + colour(s) + "}" + group + " circle{fill:" + colour(s) + "}";
  }
  return element("style", raw(css));
}

Html words_at(const char* css_class, int x, int y, const std::string& words) {
  return element("text", {{"class", css_class}, {"x", std::to_string(x)}, {"y", std::to_string(y)}},
                 text(words));
}

Html legend(const std::vector<Series>& series) {
  Html lines;
  int y = kTop + 6;
  for (size_t s = 0; s < series.size(); ++s) {
    if (series[s].marks.empty()) continue;
    lines += element(
        "g", {{"class", "s" + std::to_string(s)}},
        element("circle",
                {{"cx", std::to_string(kLegend)}, {"cy", std::to_string(y - 4)}, {"r", "4"}}));
    lines += words_at("name", kLegend + 12, y, series[s].name);
    y += kLegendLine;
  }
  return lines;
}

}  // namespace

std::string series_picture(const PlotText& about, const Axis& x, const Axis& y,
                           const std::vector<Series>& series) {
  const Html drawing = series_drawing(x, y, series);
  if (drawing.empty()) return "";
  const std::string width = std::to_string(kWidth), height = std::to_string(kHeight);
  const Html plot = element("svg",
                            {{"x", std::to_string(kLeft)},
                             {"y", std::to_string(kTop)},
                             {"width", std::to_string(kPlotWidth)},
                             {"height", std::to_string(kPlotHeight)},
                             {"overflow", "visible"}},
                            drawing);
  const Html inside =
      element("title", text(about.title + ". " + about.words)) + style(series.size()) +
      element("rect", {{"width", width}, {"height", height}, {"fill", "#ffffff"}}) +
      words_at("title", 14, 26, about.title) + words_at("words", 14, 46, about.words) +
      words_at("y label", 14, kTop - 14, y.label) + plot +
      words_at("x label", kLeft + kPlotWidth, kTop + kPlotHeight + 40, x.label) + legend(series);
  return element("svg",
                 {{"xmlns", "http://www.w3.org/2000/svg"},
                  {"width", width},
                  {"height", height},
                  {"viewBox", "0 0 " + width + " " + height},
                  {"role", "img"}},
                 inside)
             .markup() +
         "\n";
}

}  // namespace kaskad::html
