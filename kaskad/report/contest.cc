#include "kaskad/report/contest.h"

#include "kaskad/report/format.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"

namespace kaskad::html {

Html contest(const std::string& metric, const std::string& who, const std::string& pairing,
             const std::vector<Contestant>& best_first) {
  const std::string title = metric_title(metric);
  std::vector<std::vector<IntervalMark>> values, differences;
  for (const Contestant& one : best_first) {
    values.push_back({{number(one.figure, "value"), interval(one.figure), IntervalMark::Shape::kDot,
                       values.empty(), title}});
    differences.push_back({{number(one.difference, "value"), interval(one.difference)}});
  }
  const Scale scale = Scale::linear(extent(values), true);
  const Scale below = Scale::linear(extent(differences));
  Table content{title + " of every " + who + ", and how far each is from the best",
                {{who},
                 {title, Column::Kind::kPlot, interval_axis(scale, Format::kShort)},
                 {"value", Column::Kind::kNumber},
                 {"difference to the best", Column::Kind::kPlot,
                  interval_axis(below, Format::kShort), pairing},
                 {"verdict"}},
                {}};
  for (size_t r = 0; r < best_first.size(); ++r) {
    const std::string verdict = r == 0                         ? "best"
                                : best_first[r].may_equal_best ? "may be as good"
                                                               : "worse";
    content.rows.push_back(
        {{best_first[r].name, Cell(interval_cell(scale, values[r], Format::kMetric)),
          Cell(format(values[r][0].value, Format::kMetric), values[r][0].value),
          Cell(interval_cell(below, differences[r], Format::kSigned)), Cell(verdict)},
         r == 0});
  }
  content.css_class = "comparison";
  return table(content);
}

}  // namespace kaskad::html
