#include "cli/eval_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "kaskad/eval/results.h"

namespace kaskad::cli {
namespace {

// Four places for shares, fewer for counts of events.
std::string figure(double value) {
  char text[32];
  const double size = std::abs(value);
  std::snprintf(text, sizeof(text), "%.*f", size < 10 ? 4 : size < 1000 ? 2 : 0, value);
  return text;
}

std::string signed_figure(double value) { return (value >= 0 ? "+" : "") + figure(value); }

std::string with_interval(const MetricResult& result) {
  std::string text = figure(result.interval.value);
  if (result.has_interval) {
    text += " [" + figure(result.interval.low) + ", " + figure(result.interval.high) + "]";
  }
  return text;
}

}  // namespace

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] + 2 - row[i].size(), ' ');
    }
    out += line + "\n";
  }
  return out;
}

std::string metric_table(const std::vector<Evaluation>& evaluations) {
  std::vector<std::vector<std::string>> rows = {{"metric"}};
  for (const Evaluation& evaluation : evaluations) rows[0].push_back(evaluation.model);
  const Evaluation& first = evaluations.front();
  for (size_t i = 0; i < first.metrics.size(); ++i) {
    rows.push_back({first.metrics[i].name});
    for (const Evaluation& evaluation : evaluations) {
      rows.back().push_back(with_interval(evaluation.metrics[i]));
    }
  }
  std::string out = aligned(rows) + "\nDefinitions (profile " + to_string(first.profile) +
                    "; R: targets of a user; ties: " + describe(first.ties) + ")\n";
  for (const MetricResult& result : first.metrics) {
    out += "  " + result.name + ": " + result.definition + "\n";
  }
  return out;
}

std::string difference_table(const std::vector<Evaluation>& evaluations,
                             const BootstrapOptions& bootstrap) {
  const Evaluation& first = evaluations.front();
  if (evaluations.size() < 2 || first.value_columns.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{first.model + " minus"}};
  for (size_t e = 1; e < evaluations.size(); ++e) rows[0].push_back(evaluations[e].model);
  for (const std::string& metric : first.value_columns) {
    rows.push_back({metric});
    for (size_t e = 1; e < evaluations.size(); ++e) {
      const Interval gain = compare(first, evaluations[e], metric, bootstrap).difference;
      std::string text = signed_figure(gain.value) + " [" + signed_figure(gain.low) + ", " +
                         signed_figure(gain.high) + "]";
      if (gain.low <= 0 && gain.high >= 0) text += " ?";
      rows.back().push_back(std::move(text));
    }
  }
  return aligned(rows) + "Paired, case by case; ?: the interval includes 0.\n";
}

std::string segment_table(const SegmentReport& report) {
  std::vector<std::vector<std::string>> rows = {{"part", "", "cases", "share"}};
  for (const Segment& segment : report.segments) {
    if (rows.size() == 1) {
      for (const auto& [name, interval] : segment.metrics) rows[0].push_back(name);
    }
    char share[16];
    std::snprintf(share, sizeof(share), "%.1f%%", 100 * segment.share);
    rows.push_back({segment.group, segment.name, std::to_string(segment.cases), share});
    for (const auto& [name, interval] : segment.metrics) {
      rows.back().push_back(figure(interval.value) + " [" + figure(interval.low) + ", " +
                            figure(interval.high) + "]");
    }
  }
  std::string out = aligned(rows) + "\n";
  for (const std::string& finding : report.findings) out += finding + "\n";
  return out;
}

}  // namespace kaskad::cli
