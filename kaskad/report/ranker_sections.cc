#include "kaskad/report/ranker_sections.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kaskad/report/format.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {
namespace {

double decided(const nlohmann::json& ranker, const std::string& metric) {
  return number(child(child(ranker, "metrics"), metric), "value");
}

// "gbdt", "gbdt: click"
std::string title_of(const nlohmann::json& ranker, const nlohmann::json& part) {
  const std::string head = words(part, "head");
  return words(ranker, "ranker") + (head.empty() ? "" : ": " + head);
}

std::string milliseconds(double value) {
  if (!std::isfinite(value)) return "\xe2\x80\x93";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", value);
  return buffer;
}

Html reliability_plot(const nlohmann::json& ranker, const nlohmann::json& head) {
  Series observed{"observed", {}};
  double last = 0;
  for (const auto& bin : list(head, "bins")) {
    const Point at{number(bin, "predicted"), number(bin, "observed")};
    if (!std::isfinite(at.x) || !std::isfinite(at.y)) continue;
    observed.marks.push_back({at, plural(number(bin, "count"), "candidate")});
    last = std::max({last, at.x, at.y});
  }
  if (observed.marks.empty()) return {};
  const Series right{"as predicted", {{{0, 0}, ""}, {{last, last}, ""}}, true};
  const std::string words_of =
      "Expected calibration error " + format(number(head, "ece"), Format::kMetric) + " over " +
      std::to_string(observed.marks.size()) + " bins of equal mass; Brier score " +
      format(number(head, "brier"), Format::kMetric) + ", of the base rate alone " +
      format(number(head, "brier_of_base_rate"), Format::kMetric) + ".";
  return series_plot({title_of(ranker, head) + " (" + words(head, "method") + ")", words_of},
                     {"mean probability of the bin", Format::kMetric},
                     {"share with the label", Format::kMetric}, {right, observed});
}

Html importance_table(const nlohmann::json& ranker, const nlohmann::json& head) {
  constexpr size_t kShown = 15;
  double sum = 0;
  for (const auto& entry : list(head, "features")) sum += std::fmax(0, number(entry, "gain"));
  if (!(sum > 0)) return {};
  Table content{title_of(ranker, head),
                {{"feature"},
                 {"mean gain of a split", Column::Kind::kNumber},
                 {"share", Column::Kind::kPlot, {}, "of the sum over features"}},
                {}};
  for (const auto& entry : list(head, "features")) {
    const double gain = number(entry, "gain");
    if (!std::isfinite(gain)) continue;
    content.rows.push_back(
        {{Cell(words(entry, "feature")), Cell(format(gain, Format::kShort), gain),
          Cell(share_cell(gain / sum), gain / sum)}});
  }
  content.shown = kShown;
  return table(content);
}

Html curve_plot(const nlohmann::json& ranker, const nlohmann::json& curve,
                const std::string& metric) {
  std::vector<Point> points;
  for (const auto& point : list(curve, "points")) {
    if (!point.is_array() || point.size() != 2) continue;
    const Point at{number(point[0]), number(point[1])};
    if (std::isfinite(at.x) && std::isfinite(at.y)) points.push_back(at);
  }
  if (points.size() < 2) return {};
  const std::string unit = words(curve, "unit");
  return line_plot({title_of(ranker, curve), metric_title(metric) + " on the validation lists."},
                   {unit, Format::kCount}, {metric_title(metric), Format::kMetric}, points);
}

// `draw` of every part that the rankers have under `key`.
template <typename Draw>
std::vector<Html> of_parts(const nlohmann::json& evaluation, const char* key, const Draw& draw) {
  std::vector<Html> drawn;
  for (const nlohmann::json* ranker : best_first(evaluation)) {
    for (const auto& part : list(*ranker, key)) {
      Html html = draw(*ranker, part);
      if (!html.empty()) drawn.push_back(std::move(html));
    }
  }
  return drawn;
}

}  // namespace

std::vector<const nlohmann::json*> best_first(const nlohmann::json& evaluation) {
  const std::string metric = words(evaluation, "metric");
  std::vector<const nlohmann::json*> rankers;
  for (const auto& ranker : list(evaluation, "rankers")) rankers.push_back(&ranker);
  const auto value = [&](const nlohmann::json* ranker) {
    const double found = decided(*ranker, metric);
    return std::isfinite(found) ? found : -1;
  };
  std::stable_sort(rankers.begin(), rankers.end(),
                   [&](const auto* a, const auto* b) { return value(a) > value(b); });
  return rankers;
}

Html ranker_metrics(const nlohmann::json& evaluation) {
  const auto rankers = best_first(evaluation);
  if (rankers.empty()) return {};
  Table content{"Every metric with its 95% interval; a heading sorts", {{"ranker"}}, {}};
  std::vector<std::string> metrics;
  const nlohmann::json& figures = child(*rankers[0], "metrics");
  if (figures.is_object()) {
    for (const auto& [metric, figure] : figures.items()) metrics.push_back(metric);
  }
  for (const std::string& metric : metrics) {
    content.columns.push_back({metric_title(metric),
                               Column::Kind::kNumber,
                               {},
                               words(child(*rankers[0], "definitions"), metric)});
  }
  for (const nlohmann::json* ranker : rankers) {
    Row row{{Cell(words(*ranker, "ranker"))}};
    for (const std::string& metric : metrics) {
      const nlohmann::json& figure = child(child(*ranker, "metrics"), metric);
      const double value = number(figure, "value");
      const auto range = interval(figure);
      Html cell = text(format(value, Format::kMetric));
      if (range) {
        cell += element("span", {{"class", "what"}},
                        text(format_interval(range->first, range->second, Format::kMetric)));
      }
      row.cells.emplace_back(cell, value);
    }
    content.rows.push_back(std::move(row));
  }
  content.interactive = true;
  return table(content);
}

Html ranker_heads(const nlohmann::json& evaluation) {
  const std::string metric = words(evaluation, "metric");
  Table content{
      "One head's labels at a time: by the score of the ranker's head of that name, and "
      "by its final score",
      {{"labels of"},
       {"ranker"},
       {"lists", Column::Kind::kNumber},
       {metric_title(metric) + " of its own head", Column::Kind::kNumber},
       {"of its final score", Column::Kind::kNumber}},
      {}};
  for (const nlohmann::json* ranker : best_first(evaluation)) {
    for (const auto& head : list(*ranker, "heads")) {
      const double own = number(child(child(head, "own"), metric), "value");
      const double of_all = number(child(child(head, "final"), metric), "value");
      content.rows.push_back({{Cell(words(head, "head")), Cell(words(*ranker, "ranker")),
                               Cell(format(number(head, "asked"), Format::kCount)),
                               Cell(format(own, Format::kMetric), own),
                               Cell(format(of_all, Format::kMetric), of_all)}});
    }
  }
  if (content.rows.empty()) return {};
  std::stable_sort(content.rows.begin(), content.rows.end(), [](const Row& a, const Row& b) {
    return a.cells[0].content.markup() < b.cells[0].content.markup();
  });
  content.interactive = true;
  return table(content);
}

std::vector<Series> latency_series(const nlohmann::json& evaluation) {
  const std::string metric = words(evaluation, "metric");
  std::map<std::string, double> quality;
  for (const auto& ranker : list(evaluation, "rankers")) {
    quality[words(ranker, "ranker")] = decided(ranker, metric);
  }
  std::vector<Series> series;
  for (const auto& timing : list(evaluation, "latency")) {
    const std::string name = words(timing, "ranker");
    const double ms = number(timing, "p50_ms");
    const auto known = quality.find(name);
    if (known == quality.end() || !std::isfinite(known->second) || !(ms > 0)) continue;
    if (series.empty() || series.back().name != name) series.push_back({name, {}});
    series.back().marks.push_back({{ms, known->second},
                                   format(number(timing, "candidates"), Format::kCount) +
                                       " candidates, history " +
                                       format(number(timing, "history"), Format::kCount)});
  }
  return series;
}

Axis latency_axis() { return {"milliseconds a request", Format::kMetric, true}; }

Axis quality_axis(const nlohmann::json& evaluation) {
  return {metric_title(words(evaluation, "metric")), Format::kMetric};
}

Html ranker_latency(const nlohmann::json& evaluation) {
  const Html plot =
      series_plot({"Quality by time",
                   "A point is a model and a number of candidates: what a request with a new "
                   "history takes (median), and what the order is worth."},
                  latency_axis(), quality_axis(evaluation), latency_series(evaluation));
  if (plot.empty()) return {};
  Table content{"Time of a request",
                {{"ranker"},
                 {"history", Column::Kind::kNumber},
                 {"candidates", Column::Kind::kNumber},
                 {"p50 ms", Column::Kind::kNumber},
                 {"p99 ms", Column::Kind::kNumber}},
                {}};
  for (const auto& timing : list(evaluation, "latency")) {
    const double ms = number(timing, "p50_ms"), p99 = number(timing, "p99_ms");
    if (!(ms > 0)) continue;
    content.rows.push_back(
        {{Cell(words(timing, "ranker")), Cell(format(number(timing, "history"), Format::kCount)),
          Cell(format(number(timing, "candidates"), Format::kCount)), Cell(milliseconds(ms), ms),
          Cell(milliseconds(p99), p99)}});
  }
  return plot + table(content);
}

Html ranker_reliability(const nlohmann::json& evaluation) {
  const auto plots = of_parts(evaluation, "calibration", reliability_plot);
  if (plots.empty()) return {};
  return paragraph(
             "A probability holds for candidates of lists that are made as these are. Where they "
             "are right, marks lie on the dashed line.") +
         boxes("plots", plots);
}

Html ranker_importance(const nlohmann::json& evaluation) {
  return boxes("multiples", of_parts(evaluation, "importance", importance_table));
}

Html ranker_curves(const nlohmann::json& evaluation) {
  const std::string metric = words(evaluation, "metric");
  return boxes("plots", of_parts(evaluation, "curves", [&](const auto& ranker, const auto& curve) {
                 return curve_plot(ranker, curve, metric);
               }));
}

}  // namespace kaskad::html
