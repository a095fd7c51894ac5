// What `kaskad ab` prints for a person.
#include <cmath>
#include <cstdio>

#include "cli/ab.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/experiment/verdict.h"

namespace kaskad::cli {
namespace {

std::string change_text(double share) {
  return std::isfinite(share) ? ab::percent_text(share) : "-";
}

// "'ranker' of 'spring': control 10,021 users, new 9,979 users"
std::string layer_title(const ab::LayerReport& layer) {
  std::string text = "Layer '" + layer.name + "'";
  if (!layer.experiment.empty()) text += " of '" + layer.experiment + "'";
  const char* mark = ": ";
  for (const ab::ArmReport& arm : layer.arms) {
    text += mark + arm.name + " " + std::to_string(static_cast<uint64_t>(arm.users)) + " users";
    mark = ", ";
  }
  return text + "\n";
}

std::string figures_text(const ab::LayerReport& layer, const ab::Analysis& analysis) {
  char level[32];
  std::snprintf(level, sizeof level, "%g%% interval", 100 * analysis.effect.level);
  std::vector<std::vector<std::string>> rows = {
      {"", layer.arms[0].name, "arm", "", "change", level, "p", "p (Holm)"}};
  for (size_t m = 0; m < analysis.metrics.size(); ++m) {
    for (size_t a = 1; a < layer.arms.size(); ++a) {
      const ab::ArmFigure& figure = layer.arms[a].figures[m];
      const ab::Range& change = figure.effect.relative;
      rows.push_back({a == 1 ? analysis.metrics[m].name : "",
                      a == 1 ? ab::value_text(layer.arms[0].figures[m].value.value) : "",
                      layer.arms[a].name, ab::value_text(figure.value.value),
                      change_text(change.value),
                      change_text(change.low) + " to " + change_text(change.high),
                      ab::p_text(figure.effect.p_value), ab::p_text(figure.adjusted_p)});
    }
    if (layer.arms.size() == 1) {
      rows.push_back({analysis.metrics[m].name,
                      ab::value_text(layer.arms[0].figures[m].value.value), "", "", "", "", "",
                      ""});
    }
  }
  return aligned(rows);
}

std::string ratio_text(const ab::LayerReport& layer) {
  if (layer.arms.size() < 2 || layer.ratio.mismatch) return "";
  return "sample ratio: as planned (p = " + ab::p_text(layer.ratio.p_value) +
         (layer.shares_known ? ")\n" : ", taking equal shares: --plan or --shares names others)\n");
}

std::string cuped_text(const ab::LayerReport& layer, const ab::Analysis& analysis) {
  if (!analysis.effect.cuped || layer.arms.size() < 2) return "";
  std::string text = "CUPED leaves of the variance:";
  for (size_t m = 0; m < analysis.metrics.size(); ++m) {
    char left[24];
    std::snprintf(left, sizeof left, " %.0f%%",
                  100 * layer.arms[1].figures[m].effect.variance_left);
    text += (m > 0 ? ", " : " ") + analysis.metrics[m].name + left;
  }
  return text + "\n";
}

}  // namespace

std::string analysis_text(const ab::Analysis& analysis) {
  std::string text;
  for (const ab::LayerReport& layer : analysis.layers) {
    text += "\n" + layer_title(layer);
    for (const std::string& warning : ab::warnings_of(layer)) text += "WARNING: " + warning + "\n";
    text += figures_text(layer, analysis) + ratio_text(layer) + cuped_text(layer, analysis);
    text += layer.verdict + "\n";
  }
  text += analysis.effect.sequential
              ? "\nIntervals and p-values hold however often they are looked at.\n"
              : "\nIntervals and p-values hold for one look, planned beforehand; --sequential for "
                "more.\n";
  for (const ab::Metric& metric : analysis.metrics) {
    text += "  " + metric.name + ": " + metric.definition + "\n";
  }
  return text;
}

std::string reading_text(const ab::ReadLog& read) {
  const ab::AttributionCounts& counts = read.counts;
  std::string text = std::to_string(counts.exposures) + " pages, " +
                     std::to_string(counts.actions) + " actions of " +
                     std::to_string(read.population.users().size()) + " users";
  const auto add = [&](uint64_t count, const char* what) {
    if (count > 0) text += "; " + std::to_string(count) + " " + what;
  };
  add(counts.before, "pages before the experiment");
  add(counts.without_arm, "pages without an arm");
  add(counts.repeated_exposures, "pages logged again");
  add(counts.repeated_actions, "actions repeated on a page");
  add(counts.uncredited_actions, "actions that no page explains");
  return text + "\n";
}

void warn_of_skipped(const SkippedRows& skipped) {
  if (skipped.count == 0) return;
  say("warning: " + std::to_string(skipped.count) + " lines cannot be read and are left out:");
  for (const SkippedRow& row : skipped.examples) say("  " + row.why);
}

}  // namespace kaskad::cli
