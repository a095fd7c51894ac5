#include "cli/ingest_summary.h"

#include <algorithm>
#include <cstdio>

#include "cli/describe_text.h"
#include "kaskad/core/memory.h"

namespace kaskad::cli {
namespace {

std::string indented(const std::string& label, const std::string& text) {
  char line[16];
  std::snprintf(line, sizeof(line), "\n  %-10s", label.c_str());
  return line + text;
}

std::string examples(const SkippedRows& skipped) {
  std::string text;
  for (const SkippedRow& row : skipped.examples) text += indented("", "  " + row.why);
  return text;
}

std::string sources(const IngestResult& result) {
  std::string text;
  for (const SourceFile& source : result.sources) {
    text += indented("read", source.path + ": " + with_commas(source.rows) + " rows (" +
                                 source.description + ")");
    if (source.skipped.count == 0) continue;
    text += indented("skipped", with_commas(source.skipped.count) + " unreadable rows, as");
    text += examples(source.skipped);
  }
  return text;
}

std::string dropped(const IngestResult& result) {
  std::string text;
  const auto add = [&](uint64_t count, const std::string& why) {
    if (count > 0) text += indented("left out", with_commas(count) + " " + why);
  };
  add(result.low_weight, "rows below the minimal weight");
  add(result.zero_action, "rows of actions with weight 0");
  add(result.duplicates, "repeated user-item pairs");
  add(result.sparse_events, "events of " + with_commas(result.sparse_users) + " users and " +
                                with_commas(result.sparse_items) + " items that were too rare");
  return text;
}

std::string features(const std::string& of, const FeatureReport& report) {
  if (report.columns.empty()) return "";
  std::string names;
  for (const std::string& name : report.columns) names += (names.empty() ? "" : ", ") + name;
  std::string text = indented("features", of + ": " + names + "; " + with_commas(report.without) +
                                              " without, " + with_commas(report.unknown) +
                                              " rows of " + of + " that are not in the log");
  if (report.skipped.count == 0) return text;
  return text + indented("skipped", with_commas(report.skipped.count) + " feature rows, as") +
         examples(report.skipped);
}

}  // namespace

std::string ingest_summary(const std::string& directory, const IngestResult& result) {
  std::string text = directory + ": " + with_commas(result.events) + " events of " +
                     with_commas(result.users) + " users and " + with_commas(result.items) +
                     " items";
  if (result.cold_items > 0) {
    text += " (" + with_commas(result.cold_items) + " of them in the feature files alone)";
  }
  if (result.time_kind == TimeKind::kOrder) text += ", in order, without clock times";
  text += sources(result) + dropped(result) + features("items", result.item_features) +
          features("users", result.user_features);
  if (result.spilled_bytes > 0) {
    text += indented("to disk", format_bytes(result.spilled_bytes) +
                                    " of events beyond --memory, for the time of sorting");
  }
  const double rate = static_cast<double>(result.rows) / std::max(result.seconds, 1e-9);
  char took[80];
  if (rate >= 1e6) {
    std::snprintf(took, sizeof(took), "%.1f s, %.2f million rows/s, peak memory ", result.seconds,
                  rate / 1e6);
  } else {
    std::snprintf(took, sizeof(took), "%.1f s, %.0f thousand rows/s, peak memory ", result.seconds,
                  std::max(1.0, rate / 1e3));
  }
  return text + indented("took", took + format_bytes(peak_memory()));
}

}  // namespace kaskad::cli
