#include "kaskad/eval/segments.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

namespace kaskad {
namespace {

// Fewer cases than this make no sentence.
constexpr size_t kEnoughCases = 30;
// A part is worth a sentence when its figure is this many times that of its counterpart.
constexpr double kMuch = 2;
constexpr double kMost = 0.5;  // of the hits

constexpr std::string_view kGapNames[] = {"0 s", "1-60 s", "61 s-1 h", "over 1 h",
                                          "no event before"};
constexpr std::string_view kHistoryNames[] = {"no history", "under 5 events", "5-19 events",
                                              "20-99 events", "100 events and more"};
constexpr size_t kNoEventBefore = 4;  // of kGapNames
constexpr std::string_view kTargetNames[] = {"head", "tail", "never learned"};

size_t history_part(size_t length) {
  return length == 0 ? 0 : length < 5 ? 1 : length < 20 ? 2 : length < 100 ? 3 : 4;
}

// Whole seconds, so that logs in milliseconds and in seconds agree.
size_t gap_part(int64_t milliseconds) {
  const int64_t seconds = milliseconds / 1000;
  return seconds < 1 ? 0 : seconds <= 60 ? 1 : seconds <= 3600 ? 2 : 3;
}

// 0 head, 1 tail, 2 never learned. Head: the first fifth of the learned items.
std::vector<uint8_t> target_parts(const std::vector<uint32_t>& events) {
  std::vector<size_t> order(events.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return events[a] > events[b]; });
  const auto learned = static_cast<size_t>(
      std::count_if(events.begin(), events.end(), [](uint32_t count) { return count > 0; }));
  std::vector<uint8_t> parts(events.size(), 2);
  for (size_t place = 0; place < learned; ++place) parts[order[place]] = place * 5 >= learned;
  return parts;
}

bool named_any(const std::string& metric, std::initializer_list<std::string_view> names) {
  const std::string stem = metric.substr(0, metric.find('@'));
  return std::find(names.begin(), names.end(), stem) != names.end();
}

// The columns to show: hit rate and NDCG where they were measured, else other plain means of what
// the ranks say. Ratios of sums mean something else within a part.
std::vector<size_t> shown_columns(const std::vector<std::string>& columns) {
  std::vector<size_t> first_choice, second_choice;
  for (size_t column = 0; column < columns.size(); ++column) {
    if (named_any(columns[column], {"hit_rate", "ndcg"})) first_choice.push_back(column);
    if (named_any(columns[column], {"recall", "mrr", "map"})) second_choice.push_back(column);
  }
  return first_choice.empty() ? second_choice : first_choice;
}

class Segmenter {
 public:
  Segmenter(const Evaluation& evaluation, SegmentReport& report)
      : evaluation_(evaluation),
        report_(report),
        columns_(shown_columns(evaluation.value_columns)) {}

  void add_group(const std::string& group, std::span<const std::string_view> names,
                 const std::function<size_t(size_t one)>& part_of) {
    std::vector<std::vector<double>> values(names.size());
    std::vector<size_t> cases(names.size());
    const size_t width = evaluation_.value_columns.size();
    for (size_t one = 0; one < evaluation_.users.size(); ++one) {
      const size_t part = part_of(one);
      ++cases[part];
      for (const size_t column : columns_) {
        values[part].push_back(evaluation_.values[one * width + column]);
      }
    }
    for (size_t part = 0; part < names.size(); ++part) {
      if (cases[part] > 0) add_part(group, names[part], cases[part], values[part]);
    }
  }

 private:
  void add_part(const std::string& group, std::string_view name, size_t cases,
                const std::vector<double>& values) {
    Segment segment{.group = group, .name = std::string(name), .cases = cases, .metrics = {}};
    segment.share = static_cast<double>(cases) / static_cast<double>(evaluation_.users.size());
    if (!columns_.empty()) {
      const auto intervals = mean_intervals(values, columns_.size(), evaluation_.bootstrap);
      for (size_t i = 0; i < columns_.size(); ++i) {
        segment.metrics.emplace_back(evaluation_.value_columns[columns_[i]], intervals[i]);
      }
    }
    report_.segments.push_back(std::move(segment));
  }

  const Evaluation& evaluation_;
  SegmentReport& report_;
  std::vector<size_t> columns_;
};

const Segment* find(const SegmentReport& report, std::string_view group, std::string_view name) {
  for (const Segment& segment : report.segments) {
    if (segment.group == group && segment.name == name) return &segment;
  }
  return nullptr;
}

// The figure that the sentences speak of: the first hit rate, else the first rank metric.
size_t spoken_metric(const Segment& segment) {
  for (size_t i = 0; i < segment.metrics.size(); ++i) {
    if (segment.metrics[i].first.starts_with("hit_rate@")) return i;
  }
  return 0;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof(text), "%.*f%%", share < 0.01 ? 2 : 0, 100 * share);
  return text;
}

std::string decimals(double value) {
  char text[16];
  std::snprintf(text, sizeof(text), "%.3f", value);
  return text;
}

bool can_speak(const Segment* segment) {
  return segment != nullptr && segment->cases >= kEnoughCases && !segment->metrics.empty();
}

void say_gap(const SegmentReport& report, std::vector<std::string>& findings) {
  const Segment* tied = find(report, "gap", kGapNames[0]);
  const Segment* late = find(report, "gap", kGapNames[3]);
  if (!can_speak(tied) || !can_speak(late)) return;
  const size_t metric = spoken_metric(*tied);
  const double at_once = tied->metrics[metric].second.value;
  const double later = late->metrics[metric].second.value;
  double hits = 0;  // of all parts, to tell how many the tied ones bring
  for (const Segment& segment : report.segments) {
    if (segment.group == "gap") hits += segment.share * segment.metrics[metric].second.value;
  }
  std::string text = percent(tied->share) +
                     " of the cases have a target within a second of the user's previous event; " +
                     tied->metrics[metric].first + " is " + decimals(at_once) + " there and " +
                     decimals(later) + " beyond an hour";
  if (tied->share >= 0.1 && at_once > kMuch * later && hits > 0) {
    const double share_of_hits = tied->share * at_once / hits;
    text += ": " + percent(share_of_hits) + " of all hits are those";
    if (share_of_hits >= kMost) text += ", so most of the gain is page order, not taste";
  } else if (late->share >= 0.1 && later >= at_once / kMuch) {
    text += ": the figure does not hang on events that were logged together";
  }
  findings.push_back(text + ".");
}

void say_contrast(const SegmentReport& report, std::string_view group, std::string_view low_name,
                  std::string_view high_name, const std::string& low_text,
                  const std::string& high_text, std::vector<std::string>& findings) {
  const Segment* low = find(report, group, low_name);
  const Segment* high = find(report, group, high_name);
  if (!can_speak(low) || !can_speak(high)) return;
  const size_t metric = spoken_metric(*low);
  findings.push_back(percent(low->share) + " of the cases have " + low_text + "; " +
                     low->metrics[metric].first + " is " +
                     decimals(low->metrics[metric].second.value) + " there and " +
                     decimals(high->metrics[metric].second.value) + " " + high_text + ".");
}

void say_findings(SegmentReport& report, bool clock) {
  if (clock) {
    say_gap(report, report.findings);
  } else {
    report.findings.push_back(
        "The log has no clock, only an order: how much of the figure comes from events that were "
        "logged at once cannot be told.");
  }
  say_contrast(report, "target", kTargetNames[1], kTargetNames[0],
               "a target outside the most popular fifth of the items", "within it",
               report.findings);
  if (const Segment* cold = find(report, "target", kTargetNames[2])) {
    report.findings.push_back(percent(cold->share) +
                              " of the cases have a target that nobody took before: only content "
                              "can find it.");
  }
  say_contrast(report, "history", kHistoryNames[1], kHistoryNames[4], "a history of under 5 events",
               "with 100 and more", report.findings);
  say_contrast(report, "history", kHistoryNames[0], kHistoryNames[1], "no history at all",
               "with 1 to 4 events", report.findings);
}

}  // namespace

SegmentReport make_segments(const Evaluation& evaluation, const RankedCases& ranked,
                            const Catalogue& catalogue, const Dataset& dataset) {
  SegmentReport report;
  Segmenter segmenter(evaluation, report);
  segmenter.add_group("history", kHistoryNames,
                      [&](size_t one) { return history_part(ranked.cases[one].history_end); });
  const std::vector<uint8_t> parts = target_parts(catalogue.counts.events);
  segmenter.add_group("target", kTargetNames, [&](size_t one) -> size_t {
    return parts[index(ranked.targets[ranked.offsets[one]])];
  });
  const bool clock = dataset.time_kind() == TimeKind::kClock;
  if (clock) {
    segmenter.add_group("gap", kGapNames, [&](size_t one) {
      const auto times = dataset.history(ranked.cases[one].user).times;
      const size_t end = ranked.cases[one].history_end;
      return end == 0 ? kNoEventBefore : gap_part(times[end] - times[end - 1]);
    });
  }
  say_findings(report, clock);
  return report;
}

nlohmann::json to_json(const SegmentReport& report) {
  nlohmann::json segments = nlohmann::json::array();
  for (const Segment& segment : report.segments) {
    nlohmann::json metrics = nlohmann::json::object();
    for (const auto& [name, interval] : segment.metrics) metrics[name] = to_json(interval);
    segments.push_back({{"group", segment.group},
                        {"name", segment.name},
                        {"cases", segment.cases},
                        {"share", segment.share},
                        {"metrics", metrics}});
  }
  return {{"parts", segments}, {"findings", report.findings}};
}

}  // namespace kaskad
