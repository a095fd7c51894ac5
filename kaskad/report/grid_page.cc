#include "kaskad/report/grid_page.h"

#include "kaskad/core/error.h"
#include "kaskad/report/format.h"
#include "kaskad/report/grid_sections.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {
namespace {

Html grid_heading(const nlohmann::json& grid) {
  const nlohmann::json& dataset = child(grid, "dataset");
  const nlohmann::json& split = child(grid, "split");
  std::vector<std::string> warnings;
  for (const auto& warning : list(split, "warnings")) warnings.push_back(words(warning));
  const auto count = [](double value) {
    return std::isfinite(value) ? format(value, Format::kCount) : std::string();
  };
  const double seconds = number(grid, "seconds");
  return grid_verdict(grid) +
         facts({{"users", count(number(dataset, "users"))},
                {"items", count(number(dataset, "items"))},
                {"events", count(number(dataset, "events"))},
                {"test cases", count(number(split, "test_cases"))},
                {"variants tried", count(number(grid, "variants"))},
                {"search took", std::isfinite(seconds) ? format(seconds, Format::kSeconds) : ""},
                {"threads", count(number(grid, "threads"))}}) +
         callout("Read the figures with care", warnings) + grid_contest(grid);
}

Html search_trace(const nlohmann::json& grid) {
  std::vector<Point> points;
  for (const auto& step : list(grid, "trace"))
    if (std::isfinite(number(step, "seconds")) && std::isfinite(number(step, "best")))
      points.push_back({number(step, "seconds"), number(step, "best")});
  if (points.size() < 2) return {};
  const double final_best = points.back().y;
  double reached = points.back().x;  // when the search came within 1% of its end
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    if (point->y < 0.99 * final_best) break;
    reached = point->x;
  }
  return line_plot(
      {"Best so far on validation", "The search came within 1% of its best after " +
                                        format(reached, Format::kSeconds) + " of " +
                                        format(points.back().x, Format::kSeconds) + "."},
      {"seconds", Format::kCount}, {metric_title(grid_metric(grid)), Format::kMetric}, points,
      true);
}

Html grid_method(const nlohmann::json& grid) {
  std::vector<std::pair<std::string, std::string>> terms;
  const nlohmann::json& split = child(grid, "split");
  const double validation = number(split, "validation_cases");
  const double test = number(split, "test_cases");
  if (std::string text = words(split, "text"); !text.empty()) {
    if (std::isfinite(validation) && std::isfinite(test))
      text += ": " + plural(validation, "case") + " to choose on, " + plural(test, "case") +
              " to report on";
    const nlohmann::json& phases = child(split, "phases");
    const std::string cut = words(child(phases, "test"), "cut");
    if (!cut.empty()) text += "; test from " + cut;
    for (const auto& [name, phase] : phases.items()) {
      if (name != "test" && !words(phase, "cut").empty()) {
        text += ", " + name + " from " + words(phase, "cut");
      }
    }
    terms.emplace_back("Split", text);
  }
  terms.emplace_back("Choice",
                     "Every variant is ranked on validation; only the winner, the baselines and a "
                     "blend are measured on test, once.");
  const double confidence = number(grid, "confidence");
  terms.emplace_back(
      "Intervals",
      (std::isfinite(confidence) ? format(confidence, Format::kPercent) + ", b" : "B") +
          std::string("ootstrap over the users. A difference is taken user by user "
                      "between two variants (paired), so it can be certain where the "
                      "intervals overlap."));
  for (const auto& [metric, definition] : child(grid, "metric_definitions").items())
    terms.emplace_back(metric_title(metric), words(definition));
  return definitions(terms);
}

Html footer(const nlohmann::json& grid) {
  const nlohmann::json& dataset = child(grid, "dataset");
  return provenance(words(grid, "command"), {{"dataset", words(dataset, "name")},
                                             {"dataset hash", words(dataset, "hash")},
                                             {"split hash", words(child(grid, "split"), "hash")},
                                             {"written", words(grid, "created")},
                                             {"kaskad", words(grid, "kaskad")}});
}

}  // namespace

std::string grid_metric(const nlohmann::json& grid) {
  const std::string metric = words(grid, "metric");
  return metric.empty() ? "ndcg@10" : metric;
}

}  // namespace kaskad::html

namespace kaskad {

std::string grid_page(const nlohmann::json& grid) {
  using namespace html;
  if (!grid.is_object())
    throw Error(std::string("grid page: found JSON of type ") + grid.type_name() +
                ", expected the object that `kaskad grid` writes");
  const std::string name = words(child(grid, "dataset"), "name");
  return document({"kaskad grid" + (name.empty() ? "" : ": " + name),
                   grid_heading(grid),
                   {{"advice", "Advice for the neural model", grid_advice(grid)},
                    {"knobs", "What each knob is worth", grid_marginals(grid)},
                    {"segments", "Where the gain comes from", grid_segments(grid)},
                    {"leaderboard", "Leaderboard", grid_leaderboard(grid)},
                    {"blend", "The blend", grid_blend(grid)},
                    {"search", "The search", search_trace(grid)},
                    {"method", "Method", grid_method(grid)}},
                   footer(grid)});
}

}  // namespace kaskad
