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

struct Entrant {
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

Entrant entrant(const nlohmann::json& from, const std::string& metric, std::string name,
                std::string what, bool winner = false) {
  return {std::move(name), std::move(what),
          mark("validation", number(child(from, "validation"), metric),
               interval(child(from, "interval")), winner),
          mark("test", number(child(from, "test"), metric),
               interval(child(child(from, "test_intervals"), metric)), winner),
          winner};
}

bool blend_won(const nlohmann::json& grid) {
  return words(child(grid, "winner"), "kind") == "blend";
}

// A blend's own name is the formula of all its parts, which stands in its section.
std::string winner_name(const nlohmann::json& grid) {
  const size_t parts = list(child(grid, "blend"), "parts").size();
  if (blend_won(grid) && parts > 0) return "a blend of " + std::to_string(parts) + " scores";
  return words(child(grid, "winner"), "name");
}

// The best row of every kind but the winner's, and the runner-up of the winner's own kind.
void add_other_kinds(const nlohmann::json& grid, const std::string& metric,
                     std::vector<Entrant>& contest) {
  constexpr size_t kMost = 6;
  const std::string winner = words(child(grid, "winner"), "name");
  std::set<std::string> seen;
  for (const auto& row : list(grid, "leaderboard")) {
    const nlohmann::json& knobs = child(row, "knobs");
    // Matrices that are not counted have no direction.
    std::string knob = child(knobs, "kind").is_null() ? "direction" : "kind";
    if (child(knobs, knob).is_null()) knob = "matrix";
    const std::string value = words(knobs, knob);
    const bool is_winner = words(row, "name") == winner;
    if (!seen.insert(value).second || is_winner) continue;
    contest.push_back(entrant(row, metric, words(row, "name"), "best with " + knob + " " + value));
    if (seen.size() > kMost) return;
  }
}

std::vector<Entrant> contest_of(const nlohmann::json& grid) {
  const std::string metric = grid_metric(grid);
  std::vector<Entrant> contest;
  const nlohmann::json& winner = child(grid, "winner");
  if (winner.is_object()) {
    contest.push_back(entrant(winner, metric, winner_name(grid), "winner", true));
    for (const auto& row : list(grid, "leaderboard"))  // its interval stands there
      if (words(row, "name") == contest[0].name && !contest[0].validation.interval)
        contest[0].validation.interval = interval(child(row, "interval"));
  }
  if (const auto& blend = child(grid, "blend"); blend.is_object() && !blend_won(grid))
    contest.push_back(entrant(blend, metric,
                              "blend of " + std::to_string(list(blend, "parts").size()) + " scores",
                              "weights fitted on validation"));
  add_other_kinds(grid, metric, contest);
  for (const auto& baseline : list(grid, "baselines"))
    contest.push_back(entrant(baseline, metric, words(baseline, "name"), "baseline"));
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

// The highest of the table, or null.
const nlohmann::json* strongest_baseline(const nlohmann::json& grid, const std::string& metric,
                                         const char* where) {
  const nlohmann::json* strongest = nullptr;
  for (const auto& baseline : list(grid, "baselines")) {
    const double value = number(child(baseline, where), metric);
    if (!std::isfinite(value)) continue;
    if (!strongest || value > number(child(*strongest, where), metric)) strongest = &baseline;
  }
  return strongest;
}

// "5.2 times the strongest baseline, popularity (0.0321): +0.1350 case by case (+0.1290 to ...)"
Html against_baselines(const nlohmann::json& grid, const std::string& metric, const char* where,
                       double value) {
  const nlohmann::json* strongest = strongest_baseline(grid, metric, where);
  if (!strongest) return {};
  const double other = number(child(*strongest, where), metric);
  Html html = text(", ");
  if (other > 0) {
    char ratio[32];
    std::snprintf(ratio, sizeof ratio, "%.1f times", value / other);
    html += element("strong", text(ratio)) + text(" the strongest baseline, ");
  } else {
    html += text("against ");
  }
  html += text(words(*strongest, "name") + " (" + format(other, Format::kMetric) + ")");
  const nlohmann::json& gain = child(child(*strongest, "winner_gain"), metric);
  const Interval range = interval(gain);
  if (std::string_view(where) != "test" || !range) return html;
  html += text(": " + format(number(gain, "value"), Format::kSigned) + " case by case (" +
               format_interval(range->first, range->second, Format::kSigned) + ")");
  if (range->first > 0) return html;
  return html + element("strong", text(range->second < 0
                                           ? ", so it loses to that baseline"
                                           : ", so it cannot be told apart from that baseline"));
}

Html against_blend(const nlohmann::json& grid, const std::string& metric) {
  if (blend_won(grid)) return {};
  const nlohmann::json& blend = child(grid, "blend");
  const double test = number(child(blend, "test"), metric);
  if (!std::isfinite(test)) return {};
  return text(" A blend of " + std::to_string(list(blend, "parts").size()) +
              " scores, weights fitted on validation, reaches ") +
         bold(format(test, Format::kMetric)) + text(" on test.");
}

// How sure the first place is, by the paired differences of the others.
std::string certainty(const nlohmann::json& grid) {
  if (blend_won(grid)) {
    // The differences of the leaderboard are to the best single variant, not to the blend.
    const nlohmann::json& gain = child(child(grid, "blend"), "gain");
    const Interval range = interval(gain);
    if (!range) return {};
    return "On validation, each case by weights fitted without it, it gains " +
           format(number(gain, "value"), Format::kSigned) + " (" +
           format_interval(range->first, range->second, Format::kSigned) +
           ") on the best single variant.";
  }
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

// One row a contestant, one column a validation window: what leads in one of them only shows here.
Html windows_table(const nlohmann::json& grid) {
  const size_t windows = list(child(grid, "winner"), "windows").size();
  if (windows < 2) return {};
  const std::string metric = metric_title(grid_metric(grid));
  Table content{metric + " by validation window", {{"method"}}, {}};
  const nlohmann::json& phases = child(child(grid, "split"), "phases");
  for (size_t window = 0; window < windows; ++window) {
    const std::string name =
        window == 0 ? "validation" : "validation-" + std::to_string(window + 1);
    const std::string cut = words(child(phases, name), "cut");
    content.columns.push_back(
        {cut.empty() ? name : "from " + cut.substr(0, 10), Column::Kind::kNumber});
  }
  const auto add = [&](const nlohmann::json& from, const std::string& name, bool winner) {
    Row row{{Cell(text(name))}, winner};
    const nlohmann::json& values = list(from, "windows");
    for (size_t window = 0; window < windows; ++window) {
      const double value = window < values.size() && values[window].is_number()
                               ? values[window].get<double>()
                               : std::nan("");
      row.cells.push_back(Cell(format(value, Format::kMetric)));
    }
    content.rows.push_back(std::move(row));
  };
  add(child(grid, "winner"), winner_name(grid), true);
  for (const auto& baseline : list(grid, "baselines")) {
    add(baseline, words(baseline, "name"), false);
  }
  return table(content);
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
  std::string headline = winner_name(grid) + " wins";
  if (blend_won(grid)) headline[0] = 'A';
  html += element("h1", text(headline));
  Html sentence = text("Best of " + plural(number(grid, "variants"), "variant") + " by " +
                       metric_title(metric) + ": ");
  if (std::isfinite(test)) {
    sentence += measured(test, interval(child(child(winner, "test_intervals"), metric)), "test") +
                against_baselines(grid, metric, "test", test);
    if (std::isfinite(validation))
      sentence += text("; chosen with " + format(validation, Format::kMetric) + " on validation");
  } else {
    sentence += measured(validation, std::nullopt, "validation") +
                against_baselines(grid, metric, "validation", validation);
  }
  sentence += text(". " + certainty(grid)) + against_blend(grid, metric);
  html += element("p", {{"class", "lead"}}, sentence);
  return html;
}

Html grid_contest(const nlohmann::json& grid) {
  const std::vector<Entrant> contest = contest_of(grid);
  if (contest.empty()) return {};
  std::vector<std::vector<IntervalMark>> marks;
  for (const Entrant& one : contest) marks.push_back({one.validation, one.test});
  const Scale scale = Scale::linear(extent(marks), true);

  std::vector<Row> rows;
  for (size_t i = 0; i < contest.size(); ++i) {
    const Entrant& one = contest[i];
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
  return contest_table + windows_table(grid) +
         element("p", {{"class", "soft"}},
                 key_entry("dot", "validation, which chose") +
                     key_entry("ring", "test, measured once") +
                     text("lines are intervals; kinds other than the winner are "
                          "not measured on test"));
}

}  // namespace kaskad::html
