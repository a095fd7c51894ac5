#include "kaskad/report/ab_sections.h"

#include <cstdio>

#include "kaskad/report/format.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {
namespace {

// "+1.9%"
std::string signed_percent(double share) {
  if (!std::isfinite(share)) return format(share, Format::kPercent);
  return (share > 0 ? "+" : "") + format(share, Format::kPercent);
}

std::string figure_text(double value, const char* form) {
  if (!std::isfinite(value)) return format(value, Format::kMetric);
  char digits[32];
  std::snprintf(digits, sizeof digits, form, value);
  return digits;
}

std::string p_value_text(double p) { return p < 0.0001 ? "< 0.0001" : figure_text(p, "%.2g"); }

struct ChangeRow {
  std::string metric, arm;
  double control = 0, value = 0;
  const nlohmann::json* effect = nullptr;
  std::vector<IntervalMark> marks;
};

std::vector<ChangeRow> change_rows(const nlohmann::json& answer, const nlohmann::json& layer) {
  std::vector<ChangeRow> rows;
  const auto& arms = list(layer, "arms");
  if (arms.empty()) return rows;
  for (const auto& name : list(answer, "metrics")) {
    const std::string metric = words(name);
    for (size_t a = 1; a < arms.size(); ++a) {
      const nlohmann::json& figure = child(child(arms[a], "metrics"), metric);
      const nlohmann::json& effect = child(figure, "effect");
      const nlohmann::json& change = child(effect, "relative");
      const bool shown = number(effect, "adjusted_p") < 1 - number(answer, "level");
      rows.push_back({metric,
                      words(arms[a], "name"),
                      number(child(child(arms[0], "metrics"), metric), "value"),
                      number(figure, "value"),
                      &effect,
                      {{number(change, "value"), interval(change), IntervalMark::Shape::kDot, shown,
                        metric_title(metric)}}});
    }
  }
  return rows;
}

}  // namespace

Html ab_changes(const nlohmann::json& answer, const nlohmann::json& layer) {
  const std::vector<ChangeRow> rows = change_rows(answer, layer);
  if (rows.empty()) return {};
  std::vector<std::vector<IntervalMark>> marks;
  for (const ChangeRow& row : rows) marks.push_back(row.marks);
  std::vector<double> ends = extent(marks);
  ends.push_back(0);
  const Scale scale = Scale::linear(ends);
  const std::string control = words(list(layer, "arms")[0], "name");
  Table content{"Change of every metric against " + control + "; to the right of 0 it rises",
                {{"metric"},
                 {"arm"},
                 {control, Column::Kind::kNumber},
                 {"arm's", Column::Kind::kNumber},
                 {"change", Column::Kind::kPlot, interval_axis(scale, Format::kPercent)},
                 {"change", Column::Kind::kNumber},
                 {"p", Column::Kind::kNumber, {}, "of this comparison alone"},
                 {"p (Holm)", Column::Kind::kNumber, {}, "over the arms of the layer"}},
                {}};
  for (const ChangeRow& row : rows) {
    const double change = row.marks[0].value;
    const double p = number(*row.effect, "p_value"), holm = number(*row.effect, "adjusted_p");
    content.rows.push_back({{Cell(metric_title(row.metric)), Cell(row.arm),
                             Cell(figure_text(row.control, "%.4g"), row.control),
                             Cell(figure_text(row.value, "%.4g"), row.value),
                             Cell(interval_cell(scale, row.marks, Format::kPercent)),
                             Cell(signed_percent(change), change), Cell(p_value_text(p), p),
                             Cell(p_value_text(holm), holm)},
                            row.metric == words(answer, "metric")});
  }
  content.css_class = "comparison";
  return table(content);
}

Html ab_arms(const nlohmann::json& layer) {
  const auto& arms = list(layer, "arms");
  const nlohmann::json& ratio = child(layer, "sample_ratio");
  const auto& expected = list(ratio, "expected");
  const bool known = child(ratio, "shares_known") == true;
  Table content{
      "Users of each arm; sample ratio p = " + figure_text(number(ratio, "p_value"), "%.2g") +
          (known ? "" : ", taking equal shares"),
      {{"arm"},
       {"users", Column::Kind::kNumber},
       {"expected", Column::Kind::kNumber},
       {"share", Column::Kind::kNumber}},
      {}};
  for (size_t a = 0; a < arms.size(); ++a) {
    const double users = number(arms[a], "users");
    content.rows.push_back(
        {{Cell(words(arms[a], "name")), Cell(format(users, Format::kCount), users),
          Cell(a < expected.size() ? format(number(expected[a]), Format::kCount) : ""),
          Cell(format(number(arms[a], "share"), Format::kPercent))}});
  }
  return table(content);
}

Html ab_course(const nlohmann::json& answer, const nlohmann::json& layer) {
  const auto& arms = list(layer, "arms");
  const auto& days = list(layer, "days");
  const std::string metric = metric_title(words(answer, "metric"));
  Html html;
  for (size_t a = 1; a < arms.size(); ++a) {
    Series value{words(arms[a], "name"), {}}, low{"low", {}, true}, high{"high", {}, true},
        zero{"no change", {}, true};
    for (size_t d = 0; d < days.size(); ++d) {
      const auto& of_day = list(days[d], "arms");
      if (a >= of_day.size()) continue;
      const nlohmann::json& change = child(child(of_day[a], "effect"), "relative");
      const auto range = interval(change);
      if (!range) continue;
      const auto day = static_cast<double>(d + 1);
      value.marks.push_back({{day, number(change, "value")}, words(days[d], "date")});
      low.marks.push_back({{day, range->first}, ""});
      high.marks.push_back({{day, range->second}, ""});
      zero.marks.push_back({{day, 0}, ""});
    }
    if (value.marks.size() < 2) continue;
    html += series_plot(
        {words(arms[a], "name") + ": change of " + metric + " as the days went by",
         "All days so far at the end of each; dashed: the interval. An effect that only the first "
         "days have is novelty."},
        {"day", Format::kCount}, {"change of " + metric, Format::kPercent},
        {value, low, high, zero});
  }
  return html.empty() ? html : boxes("plots", {html});
}

}  // namespace kaskad::html
