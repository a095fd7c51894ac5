// Every variant of the grid as one table: knobs that vary, metrics, difference to the winner.
#include <map>
#include <set>

#include "kaskad/report/format.h"
#include "kaskad/report/grid_sections.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

constexpr size_t kShownAtFirst = 50;

// Adds the keys that are not there yet.
void note_keys(const nlohmann::json& object, std::vector<std::string>& keys) {
  for (const auto& [key, value] : object.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
}

struct Knobs {
  std::vector<std::string> varying;
  std::string constant;  // "topk 500, shrinkage 0"
};

// In the order of the marginals, then by name: JSON objects have no order of their own.
Knobs sort_knobs(const nlohmann::json& rows, const nlohmann::json& marginals) {
  std::vector<std::string> keys;
  for (const auto& marginal : marginals)
    if (const std::string knob = words(marginal, "knob"); !knob.empty()) keys.push_back(knob);
  for (const auto& row : rows) note_keys(child(row, "knobs"), keys);
  Knobs knobs;
  for (const std::string& key : keys) {
    std::set<std::string> values;
    for (const auto& row : rows) values.insert(words(child(row, "knobs"), key));
    if (values.size() > 1 || rows.size() == 1)
      knobs.varying.push_back(key);
    else
      knobs.constant += (knobs.constant.empty() ? "" : ", ") + key + " " + *values.begin();
  }
  return knobs;
}

std::vector<std::string> metrics_of(const nlohmann::json& rows, const std::string& chosen) {
  std::vector<std::string> metrics = {chosen};
  for (const auto& row : rows) note_keys(child(row, "validation"), metrics);
  return metrics;
}

std::vector<IntervalMark> difference_mark(const nlohmann::json& variant) {
  const nlohmann::json& difference = child(variant, "difference_to_winner");
  const double value = number(difference, "value");
  if (!std::isfinite(value)) return {};
  return {{value, interval(difference), IntervalMark::Shape::kDot, false, "difference"}};
}

// The differences of the rows shown at first; those far behind would squeeze them to one spot.
Scale difference_scale(const nlohmann::json& variants) {
  std::vector<std::vector<IntervalMark>> marks;
  for (size_t i = 0; i < std::min(variants.size(), kShownAtFirst); ++i)
    marks.push_back(difference_mark(variants[i]));
  std::vector<double> ends = extent(marks);
  ends.push_back(0);
  return Scale::exact(ends);
}

struct Layout {
  Knobs knobs;
  std::vector<std::string> metrics;
  Scale differences;
};

std::vector<Column> columns_of(const Layout& layout) {
  std::vector<Column> columns = {{"rank", Column::Kind::kNumber}};
  for (const std::string& knob : layout.knobs.varying) columns.push_back({knob});
  for (const std::string& metric : layout.metrics)
    columns.push_back({metric_title(metric), Column::Kind::kNumber});
  columns.push_back({"interval"});
  columns.push_back({"difference", Column::Kind::kNumber, {}, "to the winner, paired by user"});
  columns.push_back(
      {"its interval", Column::Kind::kPlot, interval_axis(layout.differences, Format::kShort, 3)});
  return columns;
}

Row row_of(const nlohmann::json& variant, double place, const Layout& layout) {
  const double given = number(variant, "rank");
  const double rank = std::isfinite(given) ? given : place;
  Row row{{{format(rank, Format::kCount), rank}}};
  for (const std::string& knob : layout.knobs.varying)
    row.cells.push_back(words(child(variant, "knobs"), knob));
  for (const std::string& metric : layout.metrics) {
    const double value = number(child(variant, "validation"), metric);
    row.cells.push_back({format(value, Format::kMetric), value});
  }
  const Interval range = interval(child(variant, "interval"));
  row.cells.push_back(
      range ? Cell(format_interval(range->first, range->second, Format::kMetric), range->first)
            : Cell(""));
  const double difference = number(child(variant, "difference_to_winner"), "value");
  row.cells.push_back({format(difference, Format::kSigned), difference});
  row.cells.push_back(
      {interval_cell(layout.differences, difference_mark(variant), Format::kSigned, 3),
       difference});
  return row;
}

}  // namespace

Html grid_leaderboard(const nlohmann::json& grid) {
  const nlohmann::json& variants = list(grid, "leaderboard");
  if (variants.empty()) return {};
  const Layout layout = {sort_knobs(variants, child(grid, "marginals")),
                         metrics_of(variants, grid_metric(grid)), difference_scale(variants)};
  Table board{"All " + plural(double(variants.size()), "variant") +
                  " on validation; a heading sorts, words filter",
              columns_of(layout),
              {}};
  const std::string winner = words(child(grid, "winner"), "name");
  for (size_t i = 0; i < variants.size(); ++i) {
    board.rows.push_back(row_of(variants[i], double(i + 1), layout));
    board.rows.back().highlight = !winner.empty() && words(variants[i], "name") == winner;
  }
  board.interactive = true;
  board.shown = kShownAtFirst;
  board.css_class = "leaderboard";
  const std::string& constant = layout.knobs.constant;
  return paragraph(constant.empty() ? "" : "The same everywhere: " + constant + ".") + table(board);
}

}  // namespace kaskad::html
