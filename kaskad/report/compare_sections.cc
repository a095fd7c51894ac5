#include "kaskad/report/compare_sections.h"

#include <algorithm>

#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {
namespace {

std::vector<std::string> metrics_of(const nlohmann::json& comparison) {
  std::vector<std::string> metrics;
  for (const auto& run : list(comparison, "runs")) {
    const nlohmann::json& found = child(run, "metrics");
    if (!found.is_object()) continue;
    for (const auto& [metric, value] : found.items()) {
      if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
        metrics.push_back(metric);
      }
    }
  }
  return metrics;
}

// Shares to four places, counts of events as such.
Cell figure_cell(double value) {
  return {format(value, value > 20 ? Format::kCount : Format::kMetric), value};
}

std::string bytes(double value) {
  if (!std::isfinite(value)) return "\xe2\x80\x93";
  char text[32];
  std::snprintf(text, sizeof(text), value < 1e9 ? "%.0f MB" : "%.1f GB",
                value < 1e9 ? value / 1e6 : value / 1e9);
  return text;
}

std::string microseconds(double value) {
  if (!std::isfinite(value)) return "\xe2\x80\x93";
  char text[32];
  std::snprintf(text, sizeof(text), value < 1000 ? "%.0f \xc2\xb5s" : "%.1f ms",
                value < 1000 ? value : value / 1000);
  return text;
}

}  // namespace

Html compare_metrics(const nlohmann::json& comparison) {
  const std::vector<std::string> metrics = metrics_of(comparison);
  if (metrics.empty()) return {};
  Table content{"Every metric; a heading sorts", {{"method"}}, {}};
  for (const std::string& metric : metrics) {
    content.columns.push_back({metric_title(metric),
                               Column::Kind::kNumber,
                               {},
                               words(child(comparison, "metric_definitions"), metric)});
  }
  for (const auto& run : list(comparison, "runs")) {
    Row row{{Cell(words(run, "name"))}};
    for (const std::string& metric : metrics) {
      row.cells.push_back(figure_cell(number(child(child(run, "metrics"), metric), "value")));
    }
    content.rows.push_back(std::move(row));
  }
  content.interactive = true;
  return paragraph(
             "Accuracy alone hides what a method shows: popularity@10 is how often the "
             "recommended items were learned, coverage@10 the share of the catalogue that "
             "is ever recommended.") +
         table(content);
}

Html compare_costs(const nlohmann::json& comparison) {
  const std::string metric = words(comparison, "metric");
  Table content{"Time and memory",
                {{"method"},
                 {"to fit", Column::Kind::kNumber, {}, "training, or the whole search"},
                 {"memory to fit", Column::Kind::kNumber, {}, "peak of the process"},
                 {"one request", Column::Kind::kNumber, {}, "10 items, one thread, median"},
                 {"bundle", Column::Kind::kNumber, {}, "on disk"}},
                {}};
  std::vector<Point> points;
  for (const auto& run : list(comparison, "runs")) {
    const double seconds = number(run, "fit_seconds"), memory = number(run, "peak_memory_bytes");
    const double micros = number(run, "score_microseconds"), size = number(run, "bundle_bytes");
    if (!std::isfinite(seconds) && !std::isfinite(micros)) continue;
    content.rows.push_back({{Cell(words(run, "name")),
                             {format(seconds, Format::kSeconds), seconds},
                             {bytes(memory), memory},
                             {microseconds(micros), micros},
                             {bytes(size), size}}});
    const double quality = number(child(child(run, "metrics"), metric), "value");
    if (std::isfinite(micros)) points.push_back({micros, quality});
  }
  if (content.rows.empty()) return {};
  Html html = table(content);
  if (points.size() > 1) {
    html += scatter_plot({"Quality by price",
                          "Each point is a method: what one request costs, and "
                          "what it is worth."},
                         {"microseconds a request", Format::kCount, true},
                         {metric_title(metric), Format::kMetric}, points);
  }
  return html;
}

Html compare_segments(const nlohmann::json& comparison) {
  const std::string metric = words(comparison, "metric");
  std::vector<const nlohmann::json*> runs;
  for (const auto& run : list(comparison, "runs")) {
    if (!list(child(run, "segments"), "parts").empty()) runs.push_back(&run);
  }
  if (runs.empty()) return {};
  Table content{metric_title(metric) + " by part of the cases",
                {{"part"}, {"cases", Column::Kind::kNumber}},
                {}};
  for (const nlohmann::json* run : runs) {
    content.columns.push_back({words(*run, "name"), Column::Kind::kNumber});
  }
  const auto& parts = list(child(*runs[0], "segments"), "parts");
  for (size_t p = 0; p < parts.size(); ++p) {
    Row row{{Cell(words(parts[p], "group") + ": " + words(parts[p], "name")),
             {format(number(parts[p], "cases"), Format::kCount), number(parts[p], "cases")}}};
    for (const nlohmann::json* run : runs) {
      const auto& own = list(child(*run, "segments"), "parts");
      const nlohmann::json& figure =
          p < own.size() ? child(child(own[p], "metrics"), metric) : child(own, "");
      row.cells.push_back(figure_cell(number(figure, "value")));
    }
    content.rows.push_back(std::move(row));
  }
  return table(content);
}

Html compare_curves(const nlohmann::json& comparison) {
  const std::string metric = words(comparison, "metric");
  Html html;
  for (const auto& curve : list(comparison, "curves")) {
    for (const std::string& column :
         {metric, std::string("popularity@10"), std::string("coverage@10")}) {
      std::vector<Point> points;
      for (const auto& point : list(curve, "points")) {
        const double value = number(point, column);
        if (std::isfinite(value)) points.push_back({number(point, "epoch"), value});
      }
      if (points.size() < 2) continue;
      html += line_plot({words(curve, "name") + ": " + metric_title(column),
                         column == metric ? "Validation, epoch by epoch."
                                          : "What the model recommends while it learns."},
                        {"epoch", Format::kCount},
                        {metric_title(column),
                         column.starts_with("popularity") ? Format::kCount : Format::kMetric},
                        points);
    }
  }
  return html;
}

}  // namespace kaskad::html
