// The first screen: one sentence with the figures, and the plot that shows the contest.
#include <algorithm>
#include <set>

#include "kaskad/report/format.h"
#include "kaskad/report/grid_sections.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

struct Contestant {
  std::string name;
  std::string what;  // "winner", "best of direction both", "baseline"
  IntervalMark validation, test;
  bool winner = false;
};

IntervalMark mark(const char* split, double value, const Interval& interval, bool accent) {
  return {
      value, interval,
      std::string_view(split) == "test" ? IntervalMark::Shape::kRing : IntervalMark::Shape::kDot,
      accent, split};
}

Contestant contestant(const nlohmann::json& from, const std::string& metric, std::string name,
                      std::string what, bool winner = false) {
  return {std::move(name), std::move(what),
          mark("validation", number(child(from, "validation"), metric),
               interval(child(from, "interval")), winner),
          mark("test", number(child(from, "test"), metric),
               interval(child(child(from, "test_intervals"), metric)), winner),
          winner};
}

// The best row of every kind but the winner's, and the runner-up of the winner's own kind.
void add_other_kinds(const nlohmann::json& grid, const std::string& metric,
                     std::vector<Contestant>& contest) {
  constexpr size_t kMost = 6;
  const std::string winner = words(child(grid, "winner"), "name");
  std::set<std::string> seen;
  for (const auto& row : list(grid, "leaderboard")) {
    const nlohmann::json& knobs = child(row, "knobs");
    const std::string knob = child(knobs, "kind").is_null() ? "direction" : "kind";
    const std::string value = words(knobs, knob);
    const bool is_winner = words(row, "name") == winner;
    if (!seen.insert(value).second || is_winner) continue;
    contest.push_back(
        contestant(row, metric, words(row, "name"), "best with " + knob + " " + value));
    if (seen.size() > kMost) return;
  }
}

std::vector<Contestant> contest_of(const nlohmann::json& grid) {
  const std::string metric = grid_metric(grid);
  std::vector<Contestant> contest;
  const nlohmann::json& winner = child(grid, "winner");
  if (winner.is_object()) {
    contest.push_back(contestant(winner, metric, words(winner, "name"), "winner", true));
    for (const auto& row : list(grid, "leaderboard"))  // its interval stands there
      if (words(row, "name") == contest[0].name && !contest[0].validation.interval)
        contest[0].validation.interval = interval(child(row, "interval"));
  }
  if (const auto& blend = child(grid, "blend"); blend.is_object())
    contest.push_back(contestant(
        blend, metric, "blend of " + std::to_string(list(blend, "parts").size()) + " scores",
        "weights fitted on validation"));
  add_other_kinds(grid, metric, contest);
  for (const auto& baseline : list(grid, "baselines"))
    contest.push_back(contestant(baseline, metric, words(baseline, "name"), "baseline"));
  std::stable_sort(contest.begin(), contest.end(), [](const auto& a, const auto& b) {
    return a.validation.value > b.validation.value;
  });
  return contest;
}

Html bold(const std::string& figure) { return element("strong", text(figure)); }

// "0.1671 on test (0.1602 to 0.1740)"
Html measured(double value, const Interval& range, const std::string& where) {
  Html phrase = bold(format(value, Format::kMetric)) + text(" on " + where);
  if (range)
    phrase += text(" (" + format_interval(range->first, range->second, Format::kMetric) + ")");
  return phrase;
}

// "5.2 times popularity (0.0321)"
Html against_popularity(const nlohmann::json& grid, const std::string& metric, const char* where,
                        double value) {
  for (const auto& baseline : list(grid, "baselines")) {
    const double popularity = number(child(baseline, where), metric);
    if (words(baseline, "name") != "popularity" || !(popularity > 0)) continue;
    char ratio[32];
    std::snprintf(ratio, sizeof ratio, "%.1f times", value / popularity);
    return text(", ") + bold(ratio) +
           text(" popularity (" + format(popularity, Format::kMetric) + ")");
  }
  return {};
}

Html against_blend(const nlohmann::json& grid, const std::string& metric) {
  const nlohmann::json& blend = child(grid, "blend");
  const double test = number(child(blend, "test"), metric);
  if (!std::isfinite(test)) return {};
  return text(" A blend of " + std::to_string(list(blend, "parts").size()) +
              " scores, weights fitted on validation, reaches ") +
         bold(format(test, Format::kMetric)) + text(" on test.");
}

// How sure the first place is, by the paired differences of the others.
std::string certainty(const nlohmann::json& grid) {
  double equal = 0, measured = 0;
  for (const auto& row : list(grid, "leaderboard")) {
    if (words(row, "name") == words(child(grid, "winner"), "name")) continue;
    const Interval difference = interval(child(row, "difference_to_winner"));
    if (!difference) continue;
    ++measured;
    equal += difference->first <= 0 && difference->second >= 0;
  }
  if (measured == 0) return {};
  if (equal == 0) return "On validation it beats every other variant by more than chance explains.";
  return "On validation " + plural(equal, "other variant") +
         " cannot be told apart from it: their paired difference may be zero.";
}

Html key_entry(const char* shape, const char* words) {
  return element("span", {{"class", "key"}},
                 element("svg", {{"aria-hidden", "true"}},
                         raw("<line class=\"whisker\" x1=\"0\" x2=\"22\" y1=\"6\" y2=\"6\"></line>"
                             "<circle class=\"" +
                             std::string(shape) + "\" cx=\"11\" cy=\"6\" r=\"4\"></circle>")) +
                     text(words));
}

}  // namespace

Html grid_verdict(const nlohmann::json& grid) {
  const std::string metric = grid_metric(grid);
  const nlohmann::json& winner = child(grid, "winner");
  const std::string dataset = words(child(grid, "dataset"), "name");
  const std::string split = words(child(grid, "split"), "text");
  Html html = element("p", {{"class", "kicker"}},
                      text("kaskad grid" + (dataset.empty() ? "" : " \xc2\xb7 " + dataset) +
                           (split.empty() ? "" : " \xc2\xb7 " + split)));
  if (!winner.is_object())
    return html + element("h1", text("The grid has no winner: no variant was measured"));

  const double test = number(child(winner, "test"), metric);
  const double validation = number(child(winner, "validation"), metric);
  html += element("h1", text(words(winner, "name") + " wins"));
  Html sentence = text("Best of " + plural(number(grid, "variants"), "variant") + " by " +
                       metric_title(metric) + ": ");
  if (std::isfinite(test)) {
    sentence += measured(test, interval(child(child(winner, "test_intervals"), metric)), "test") +
                against_popularity(grid, metric, "test", test);
    if (std::isfinite(validation))
      sentence += text("; chosen with " + format(validation, Format::kMetric) + " on validation");
  } else {
    sentence += measured(validation, std::nullopt, "validation") +
                against_popularity(grid, metric, "validation", validation);
  }
  sentence += text(". " + certainty(grid)) + against_blend(grid, metric);
  html += element("p", {{"class", "lead"}}, sentence);
  return html;
}

Html grid_contest(const nlohmann::json& grid) {
  const std::vector<Contestant> contest = contest_of(grid);
  if (contest.empty()) return {};
  std::vector<std::vector<IntervalMark>> marks;
  for (const Contestant& one : contest) marks.push_back({one.validation, one.test});
  const Scale scale = Scale::linear(extent(marks), true);

  std::vector<Row> rows;
  for (size_t i = 0; i < contest.size(); ++i) {
    const Contestant& one = contest[i];
    rows.push_back({{Cell(text(one.name) + element("span", {{"class", "what"}}, text(one.what))),
                     Cell(interval_cell(scale, marks[i], Format::kMetric)),
                     Cell(format(one.validation.value, Format::kMetric)),
                     Cell(format(one.test.value, Format::kMetric))},
                    one.winner});
  }
  const std::string metric = metric_title(grid_metric(grid));
  const Html contest_table =
      table({metric + " of the winner, the best of the other kinds, and the baselines",
             {{"method"},
              {metric, Column::Kind::kPlot, interval_axis(scale, Format::kShort)},
              {"validation", Column::Kind::kNumber},
              {"test", Column::Kind::kNumber}},
             std::move(rows),
             false,
             0,
             "contest"});
  return contest_table + element("p", {{"class", "soft"}},
                                 key_entry("dot", "validation, which chose") +
                                     key_entry("ring", "test, measured once") +
                                     text("lines are intervals; kinds other than the winner are "
                                          "not measured on test"));
}

}  // namespace kaskad::html
