#include "kaskad/report/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

// Figures are shortened on an axis (12k, 0.15) and written out in full beside a mark.
Format tick_format(const Axis& axis) {
  const bool number = axis.format == Format::kCount || axis.format == Format::kMetric;
  return number ? Format::kShort : axis.format;
}

Html svg_text(const Attributes& attributes, const std::string& words) {
  return element("text", attributes, text(words));
}

Html hover(const std::string& words) { return element("title", text(words)); }

Html y_axis(const Scale& scale, const Axis& axis) {
  Html lines;
  for (double tick : scale.ticks()) {
    const std::string y = scale.percent_down(tick);
    lines +=
        element("line", {{"class", "grid"}, {"x1", "0"}, {"x2", "100%"}, {"y1", y}, {"y2", y}});
    lines += svg_text({{"class", "y tick"}, {"x", "0"}, {"y", y}, {"dx", "-6"}, {"dy", "4"}},
                      format(tick, tick_format(axis)));
  }
  return lines;
}

Html x_axis(const Scale& scale, const Axis& axis) {
  Html lines = raw(R"(<line class="base" x1="0" x2="100%" y1="100%" y2="100%"></line>)");
  for (double tick : scale.ticks()) {
    const std::string x = scale.percent(tick);
    lines += raw("<line class=\"base\" x1=\"" + x + "\" x2=\"" + x +
                 "\" y1=\"100%\" y2=\"102%\"></line>");
    lines += svg_text({{"class", "x tick"}, {"x", x}, {"y", "100%"}, {"dy", "18"}},
                      format(tick, tick_format(axis)));
  }
  return lines;
}

// The widest tick label decides the room left of the plot.
std::string left_margin(const Scale& scale, const Axis& axis) {
  size_t widest = 1;
  for (double tick : scale.ticks())
    widest = std::max(widest, format(tick, tick_format(axis)).size());
  return std::to_string(widest * 7 + 12) + "px";
}

Html values_table(const PlotText& about, std::vector<Column> columns, std::vector<Row> rows) {
  Table values{about.title, std::move(columns), std::move(rows)};
  return element("details", {{"class", "values"}},
                 element("summary", text("Values as a table")) + table(values));
}

Html figure(const PlotText& about, const Axis& x, const Axis& y, const std::string& margin,
            const Html& drawing, const Html& values) {
  const Html caption = element(
      "figcaption", element("strong", text(about.title)) +
                        (about.words.empty() ? Html() : element("span", text(about.words))));
  const Html svg =
      element("svg", {{"role", "img"}, {"aria-label", about.title + ". " + about.words}}, drawing);
  return element("figure", {{"class", "plot"}},
                 caption + element("div", {{"class", "y-label"}}, text(y.label)) +
                     element("div", {{"class", "area"}, {"style", "padding-left:" + margin}}, svg) +
                     element("div", {{"class", "x-label"}}, text(x.label)) + values);
}

Html xy_values(const PlotText& about, const Axis& x, const Axis& y,
               const std::vector<Point>& points) {
  std::vector<Row> rows;
  for (const Point& point : points)
    rows.push_back({{Cell(format(point.x, x.format)), Cell(format(point.y, y.format))}});
  return values_table(about, {{x.label, Column::Kind::kNumber}, {y.label, Column::Kind::kNumber}},
                      std::move(rows));
}

struct XyScales {
  Scale x, y;
};

XyScales scales_of(const Axis& x, const Axis& y, const std::vector<Point>& points) {
  std::vector<double> xs, ys;
  for (const Point& point : points) xs.push_back(point.x), ys.push_back(point.y);
  return {x.logarithmic ? Scale::logarithmic(xs) : Scale::exact(xs),
          y.logarithmic ? Scale::logarithmic(ys) : Scale::linear(ys)};
}

Html dots(const char* css_class, const char* radius, const XyScales& scales, const Axis& x,
          const Axis& y, const std::vector<Point>& points) {
  Html marks;
  for (const Point& point : points)
    marks += element("circle",
                     {{"class", css_class},
                      {"cx", scales.x.percent(point.x)},
                      {"cy", scales.y.percent_down(point.y)},
                      {"r", radius}},
                     hover(format(point.x, x.format) + " " + x.label + ": " +
                           format(point.y, y.format) + " " + y.label));
  return marks;
}

// Paths know no percentages: the path is drawn in a 1000 x 1000 box stretched over the plot.
Html path(const XyScales& scales, const std::vector<Point>& points, bool stepped,
          const char* css_class = "line") {
  std::string d;
  char buffer[64];
  for (const Point& point : points) {
    const double px = 1000 * scales.x.fraction(point.x);
    const double py = 1000 * (1 - scales.y.fraction(point.y));
    if (stepped && !d.empty()) {
      std::snprintf(buffer, sizeof buffer, "H%.1f", px);
      d += buffer;
    }
    std::snprintf(buffer, sizeof buffer, "%c%.1f,%.1f", d.empty() ? 'M' : 'L', px, py);
    d += buffer;
  }
  return element("svg", {{"viewBox", "0 0 1000 1000"}, {"preserveAspectRatio", "none"}},
                 element("path", {{"class", css_class}, {"d", d}}));
}

std::vector<Point> points_of(const Series& series) {
  std::vector<Point> points;
  for (const Mark& mark : series.marks) points.push_back(mark.at);
  return points;
}

std::vector<Point> all_points(const std::vector<Series>& series) {
  std::vector<Point> all;
  for (const Series& one : series) {
    const auto points = points_of(one);
    all.insert(all.end(), points.begin(), points.end());
  }
  return all;
}

Html draw_series(const XyScales& scales, const Axis& x, const Axis& y, const Series& series) {
  Html drawing =
      path(scales, points_of(series), false, series.reference ? "line reference" : "line");
  for (const Mark& mark : series.marks) {
    if (series.reference) break;
    drawing += element("circle",
                       {{"class", "mark"},
                        {"cx", scales.x.percent(mark.at.x)},
                        {"cy", scales.y.percent_down(mark.at.y)},
                        {"r", "3.5"}},
                       hover(series.name + (mark.note.empty() ? "" : ", " + mark.note) + ": " +
                             format(mark.at.x, x.format) + " " + x.label + ", " +
                             format(mark.at.y, y.format) + " " + y.label));
  }
  const Point& last = series.marks.back().at;
  return drawing + svg_text({{"class", series.reference ? "direct aside" : "direct"},
                             {"x", scales.x.percent(last.x)},
                             {"y", scales.y.percent_down(last.y)},
                             {"dy", "-8"}},
                            series.name);
}

// Every how many-th of `count` labels fits into `width` pixels.
size_t label_stride(const std::vector<Bar>& bars, double width) {
  size_t longest = 1;
  for (const Bar& bar : bars) longest = std::max(longest, bar.label.size());
  const double fit = std::max(1.0, width / (6.2 * longest + 6));
  return static_cast<size_t>(std::max(1.0, std::ceil(bars.size() / fit)));
}

}  // namespace

Html line_plot(const PlotText& about, const Axis& x, const Axis& y,
               const std::vector<Point>& points, bool stepped) {
  if (points.empty()) return {};
  const XyScales scales = scales_of(x, y, points);
  const Point& last = points.back();
  Html end;
  if (stepped)
    end = svg_text({{"class", "direct"},
                    {"x", scales.x.percent(last.x)},
                    {"y", scales.y.percent_down(last.y)},
                    {"dy", "-8"}},
                   format(last.y, y.format));
  return figure(about, x, y, left_margin(scales.y, y),
                y_axis(scales.y, y) + x_axis(scales.x, x) + path(scales, points, stepped) +
                    dots("hit", "7", scales, x, y, points) + end,
                xy_values(about, x, y, points));
}

Html scatter_plot(const PlotText& about, const Axis& x, const Axis& y,
                  const std::vector<Point>& points) {
  if (points.empty()) return {};
  const XyScales scales = scales_of(x, y, points);
  return figure(about, x, y, left_margin(scales.y, y),
                y_axis(scales.y, y) + x_axis(scales.x, x) + dots("mark", "3", scales, x, y, points),
                xy_values(about, x, y, points));
}

Html series_drawing(const Axis& x, const Axis& y, const std::vector<Series>& series) {
  const std::vector<Point> all = all_points(series);
  if (all.empty()) return {};
  const XyScales scales = scales_of(x, y, all);
  Html drawing = y_axis(scales.y, y) + x_axis(scales.x, x);
  for (size_t s = 0; s < series.size(); ++s) {
    if (series[s].marks.empty()) continue;
    drawing += element("g", {{"class", "series s" + std::to_string(s)}},
                       draw_series(scales, x, y, series[s]));
  }
  return drawing;
}

Html series_plot(const PlotText& about, const Axis& x, const Axis& y,
                 const std::vector<Series>& series) {
  const Html drawing = series_drawing(x, y, series);
  if (drawing.empty()) return {};
  std::vector<Row> rows;
  for (const Series& one : series) {
    for (const Mark& mark : one.marks) {
      if (one.reference) break;
      rows.push_back(
          {{Cell(one.name), Cell(mark.note), Cell(format(mark.at.x, x.format), mark.at.x),
            Cell(format(mark.at.y, y.format), mark.at.y)}});
    }
  }
  return figure(
      about, x, y, left_margin(scales_of(x, y, all_points(series)).y, y), drawing,
      values_table(about,
                   {{""}, {""}, {x.label, Column::Kind::kNumber}, {y.label, Column::Kind::kNumber}},
                   std::move(rows)));
}

Html bar_plot(const PlotText& about, const std::string& category, const Axis& y,
              const std::vector<Bar>& bars) {
  if (bars.empty()) return {};
  std::vector<double> heights;
  for (const Bar& bar : bars) heights.push_back(bar.value);
  const Scale scale = Scale::linear(heights, true);

  // On a phone only every `narrow`-th label is shown; the style sheet hides the others.
  const size_t wide = label_stride(bars, 420);
  const size_t narrow = wide * ((label_stride(bars, 250) + wide - 1) / wide);
  const double width = 1.0 / bars.size();
  Html drawing = y_axis(scale, y);
  std::vector<Row> rows;
  for (size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const std::string value = format(bar.value, y.format);
    drawing += element("rect",
                       {{"class", "bar mark"},
                        {"x", percent_length(width * (i + 0.08))},
                        {"width", percent_length(width * 0.84)},
                        {"y", scale.percent_down(bar.value)},
                        {"height", scale.percent(bar.value)}},
                       hover(bar.label + ": " + value + " " + y.label +
                             (bar.note.empty() ? "" : ", " + bar.note)));
    if (i % wide == 0)
      drawing += svg_text({{"class", i % narrow == 0 ? "x tick" : "x tick roomy"},
                           {"x", percent_length(width * (i + 0.5))},
                           {"y", "100%"},
                           {"dy", "18"}},
                          bar.label);
    rows.push_back({{Cell(bar.label), Cell(value, bar.value), Cell(bar.note)}});
  }
  drawing += raw(R"(<line class="base" x1="0" x2="100%" y1="100%" y2="100%"></line>)");
  return figure(
      about, {category}, y, left_margin(scale, y), drawing,
      values_table(about, {{category}, {y.label, Column::Kind::kNumber}, {""}}, std::move(rows)));
}

}  // namespace kaskad::html
