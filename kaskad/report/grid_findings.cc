// What the log rewards: advice cards, the effect of each knob, segments, the blend's weights.
#include <map>

#include "kaskad/report/format.h"
#include "kaskad/report/grid_sections.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

struct Verdict {
  const char* css_class;
  const char* sign;  // says it without colour
};

Verdict verdict_of(const std::string& words) {
  static const std::map<std::string, Verdict> verdicts = {
      {"helps", {"helps", "\xe2\x96\xb2 "}},
      {"hurts", {"hurts", "\xe2\x96\xbc "}},
      {"no difference found", {"same", "\xe2\x89\x88 "}}};
  const auto found = verdicts.find(words);
  return found == verdicts.end() ? Verdict{"unknown", "? "} : found->second;
}

// "+0.0120" with "+0.0101 to +0.0139" small below.
Html effect_words(const nlohmann::json& effect) {
  const double value = number(effect, "value");
  if (!std::isfinite(value)) return {};
  Html said = text(format(value, Format::kSigned));
  const Interval range = interval(effect);
  if (!range) return said;
  return said + element("span", {{"class", "what"}},
                        text(format_interval(range->first, range->second, Format::kSigned)));
}

std::vector<IntervalMark> knob_marks(const nlohmann::json& value, double best_of_all) {
  const double best = number(value, "best");
  return {{number(value, "median"), std::nullopt, IntervalMark::Shape::kTick, false, "median"},
          {best, std::nullopt, IntervalMark::Shape::kDot, best >= best_of_all, "best"}};
}

Html knob_box(const nlohmann::json& marginal, const Scale& scale, const std::string& metric) {
  double best_of_all = 0;
  for (const auto& value : list(marginal, "values"))
    best_of_all = std::fmax(best_of_all, number(value, "best"));
  std::vector<Row> rows;
  bool with_effect = false;
  for (const auto& value : list(marginal, "values")) {
    const Html effect = effect_words(child(value, "paired_effect"));
    with_effect |= !effect.empty();
    rows.push_back({{Cell(words(value, "value")),
                     Cell(interval_cell(scale, knob_marks(value, best_of_all), Format::kMetric, 2)),
                     Cell(format(number(value, "best"), Format::kMetric)), Cell(effect)}});
  }
  std::vector<Column> columns = {
      {"value"},
      {metric, Column::Kind::kPlot, interval_axis(scale, Format::kShort, 2)},
      {"best", Column::Kind::kNumber}};
  if (with_effect)
    columns.push_back({"paired effect",
                       Column::Kind::kNumber,
                       {},
                       "change of the metric when only this knob changes, with its interval"});
  const std::string knob = words(marginal, "knob");
  return element("div", {{"class", "knob"}},
                 element("h3", text(knob)) + paragraph(words(marginal, "sentence")) +
                     table({knob + ": best (dot) and median (tick) of its variants", columns,
                            std::move(rows), false, 0, "knob"}));
}

// Metrics of a segment table: the keys whose values are figures with an interval.
std::vector<std::string> segment_metrics(const nlohmann::json& rows) {
  std::vector<std::string> metrics;
  for (const auto& row : rows)
    for (const auto& [key, value] : row.items())
      if (value.is_object() && std::find(metrics.begin(), metrics.end(), key) == metrics.end())
        metrics.push_back(key);
  return metrics;
}

std::vector<IntervalMark> segment_mark(const nlohmann::json& row, const std::string& metric) {
  const nlohmann::json& figure = child(row, metric);
  return {{number(figure, "value"), interval(figure), IntervalMark::Shape::kDot, true,
           metric_title(metric)}};
}

Html segment_table(const nlohmann::json& segment) {
  const nlohmann::json& data = list(segment, "rows");
  const std::vector<std::string> metrics = segment_metrics(data);
  Table content{
      words(segment, "name"), {{"segment"}, {"cases", Column::Kind::kNumber}, {"share"}}, {}};
  content.css_class = "segments";
  std::vector<Scale> scales;
  for (const std::string& metric : metrics) {
    std::vector<std::vector<IntervalMark>> marks;
    for (const auto& row : data) marks.push_back(segment_mark(row, metric));
    scales.push_back(Scale::linear(extent(marks), true));
    content.columns.push_back(
        {metric_title(metric), Column::Kind::kPlot, interval_axis(scales.back(), Format::kShort)});
    content.columns.push_back({"", Column::Kind::kNumber});
  }
  for (const auto& row : data) {
    Row cells{
        {Cell(words(row, "segment")), Cell(format(number(row, "cases"), Format::kCount)),
         Cell(std::isfinite(number(row, "share")) ? share_cell(number(row, "share")) : Html())}};
    for (size_t i = 0; i < metrics.size(); ++i) {
      cells.cells.push_back(
          interval_cell(scales[i], segment_mark(row, metrics[i]), Format::kMetric));
      cells.cells.push_back(format(number(child(row, metrics[i]), "value"), Format::kMetric));
    }
    content.rows.push_back(std::move(cells));
  }
  return table(content);
}

}  // namespace

Html grid_advice(const nlohmann::json& grid) {
  std::vector<Html> cards;
  for (const auto& advice : list(grid, "advice")) {
    const std::string said = words(advice, "verdict");
    const Verdict verdict = verdict_of(said);
    cards.push_back(
        element("article", {{"class", "card"}},
                element("h3", text(words(advice, "topic"))) +
                    element("div", {{"class", std::string("verdict ") + verdict.css_class}},
                            text(verdict.sign + (said.empty() ? "unknown" : said))) +
                    paragraph(words(advice, "advice")) +
                    element("p", {{"class", "evidence"}}, text(words(advice, "evidence")))));
  }
  return boxes("cards", cards);
}

Html grid_marginals(const nlohmann::json& grid) {
  std::vector<std::vector<IntervalMark>> marks;
  for (const auto& marginal : list(grid, "marginals"))
    for (const auto& value : list(marginal, "values")) marks.push_back(knob_marks(value, 0));
  if (marks.empty()) return {};
  const Scale scale = Scale::linear(extent(marks));  // one for all, so that effects compare
  std::vector<Html> knobs;
  for (const auto& marginal : list(grid, "marginals"))
    knobs.push_back(knob_box(marginal, scale, metric_title(grid_metric(grid))));
  const std::string centre = words(grid, "effects_around");
  return paragraph(
             "Each row is one value of one knob over all variants that have it: the dot is the "
             "best of them, the tick the median. All plots share one axis. Values that were tried "
             "together with other knobs differ by those too; the paired effect is of this knob "
             "alone" +
             (centre.empty() ? "." : ", turned at " + centre + ".")) +
         boxes("multiples", knobs);
}

Html grid_segments(const nlohmann::json& grid) {
  Html sections;
  for (const auto& segment : list(grid, "segments"))
    sections += element("h3", {{"class", "spaced"}}, text("By " + words(segment, "name"))) +
                paragraph(words(segment, "sentence")) + segment_table(segment);
  return sections;
}

Html grid_blend(const nlohmann::json& grid) {
  const nlohmann::json& blend = child(grid, "blend");
  const std::string metric = grid_metric(grid);
  std::vector<Row> rows;
  for (const auto& part : list(blend, "parts"))
    rows.push_back(
        {{Cell(words(part, "name")),
          Cell(format(number(part, "weight"), Format::kMetric), number(part, "weight"))}});
  if (rows.empty()) return {};
  std::string fitted = "A weighted sum of these scores";
  if (const double own = number(child(blend, "validation"), metric); std::isfinite(own))
    fitted += ", " + metric_title(metric) + " " + format(own, Format::kMetric) +
              " on the validation cases that fitted the weights";
  if (const double honest = number(child(blend, "cross_fitted"), metric); std::isfinite(honest))
    fitted += ", " + format(honest, Format::kMetric) +
              " where each half is scored with weights "
              "fitted on the other";
  if (const double test = number(child(blend, "test"), metric); std::isfinite(test))
    fitted += ", " + format(test, Format::kMetric) + " on test";
  return paragraph(fitted + ".") + table({"Parts of the blend",
                                          {{"part"}, {"weight", Column::Kind::kNumber}},
                                          std::move(rows)});
}

}  // namespace kaskad::html
