#include "cli/describe_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace kaskad::cli {
namespace {

constexpr size_t kLabel = 16, kNumber = 13, kBar = 32;  // widths in characters
constexpr size_t kSparks = 72;

// Characters on the screen: bytes that do not continue a UTF-8 character.
size_t screen_width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string left(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, screen_width(text)), ' ');
}

std::string right(const std::string& text, size_t width) {
  return std::string(width - std::min(width, screen_width(text)), ' ') + text;
}

std::string short_number(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", number);
  return text;
}

std::string line(const std::string& label, const std::string& text) {
  return "  " + left(label, kLabel) + text + "\n";
}

struct BarRow {
  std::string label;
  uint64_t count;
};

// "  16-31      1,234   4.8%  ████": shares of `total`, bars relative to the longest.
std::string bars(const std::vector<BarRow>& rows, uint64_t total) {
  uint64_t longest = 1;
  for (const BarRow& row : rows) longest = std::max(longest, row.count);
  std::string text;
  for (const BarRow& row : rows) {
    const double count = static_cast<double>(row.count);
    text += line(row.label,
                 right(with_commas(row.count), kNumber) +
                     right(percent(count / static_cast<double>(std::max<uint64_t>(total, 1))), 8) +
                     "  " + bar(count / static_cast<double>(longest), kBar));
  }
  return text;
}

std::string overview(const Description& d) {
  std::string text = d.directory + "\n";
  text += line("rows", right(with_commas(d.rows), kNumber));
  text += line("users", right(with_commas(d.users), kNumber));
  text += line("items", right(with_commas(d.items), kNumber));
  char density[32];
  std::snprintf(density, sizeof(density), "%.3g%%", 100 * d.density);
  text += line("density", right(density, kNumber) + "  of user-item pairs");
  if (d.time_kind == TimeKind::kOrder) return text + line("time", "order of events only, no clock");
  const double days = static_cast<double>(d.last_time - d.first_time) / 86400e3;
  return text + line("time", iso_time(d.first_time) + " to " + iso_time(d.last_time) + " (" +
                                 short_number(days) + " days)");
}

std::string distribution(const std::string& title, const Distribution& distribution) {
  std::string numbers = "min " + with_commas(distribution.min);
  for (size_t q = 0; q < kQuantilePercents.size(); q += 2) {
    numbers +=
        "  p" + std::to_string(kQuantilePercents[q]) + " " + with_commas(distribution.quantiles[q]);
  }
  numbers += "  max " + with_commas(distribution.max) + "  mean " + short_number(distribution.mean);
  std::vector<BarRow> rows;
  uint64_t total = 0;
  for (const Distribution::Bucket& bucket : distribution.histogram) {
    total += bucket.count;
    const std::string to = bucket.to > bucket.from ? "-" + with_commas(bucket.to) : "";
    rows.push_back({with_commas(bucket.from) + to, bucket.count});
  }
  return "\n" + title + "\n  " + numbers + "\n" + bars(rows, total);
}

std::string popularity(const Description& d) {
  std::string text = "\nitem popularity\n";
  for (const Popularity::Point& point : d.popularity.head) {
    text += line("top " + percent(point.share_of_items),
                 right(with_commas(point.items) + " items", kNumber) +
                     right(percent(point.share_of_rows), 8) + "  " +
                     bar(point.share_of_rows, kBar) + " of events");
  }
  char gini[64];
  std::snprintf(gini, sizeof(gini), "%.3f  (0: all alike, 1: one has all)", d.popularity.gini);
  return text + line("Gini", gini);
}

std::string repeats_and_ties(const Description& d) {
  const auto share = [](uint64_t part, uint64_t whole) {
    return percent(whole ? static_cast<double>(part) / static_cast<double>(whole) : 0);
  };
  return "\nrepeats and ties\n" +
         line("repeats", right(with_commas(d.repeats), kNumber) +
                             right(share(d.repeats, d.rows), 8) +
                             "  of events are with an item the user had before") +
         line("ties in time", right(with_commas(d.ties), kNumber) +
                                  right(share(d.ties, d.pairs), 8) +
                                  "  of consecutive events share their time");
}

// One character a period, several periods summed where there are more than fit.
std::string sparks(const std::vector<Description::Named>& periods) {
  const size_t cells = std::min(periods.size(), kSparks);
  std::vector<uint64_t> sums(cells, 0);
  for (size_t p = 0; p < periods.size(); ++p) sums[p * cells / periods.size()] += periods[p].rows;
  const uint64_t highest = std::max<uint64_t>(*std::max_element(sums.begin(), sums.end()), 1);
  static constexpr const char* kSteps[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (const uint64_t sum : sums) text += kSteps[(sum * 8 + highest - 1) / highest];
  return text;
}

std::string calendar(const Description& d) {
  std::string text;
  if (!d.periods.empty()) {
    text += "\nevents per " + d.period_unit + ", " + d.periods.front().name + " to " +
            d.periods.back().name + "\n  " + sparks(d.periods) + "\n";
  }
  if (d.gaps.empty()) return text;
  std::vector<BarRow> rows;
  for (const Description::Gap& gap : d.gaps) rows.push_back({gap.label, gap.pairs});
  return text + "\ntime between consecutive events of a user\n" + bars(rows, d.pairs);
}

std::string weights_and_actions(const Description& d) {
  std::string text;
  std::vector<BarRow> rows;
  for (const Description::Named& action : d.actions) rows.push_back({action.name, action.rows});
  if (!rows.empty()) text += "\nactions\n" + bars(rows, d.rows);
  rows.clear();
  for (const auto& [value, count] : d.weights.values) rows.push_back({short_number(value), count});
  if (rows.size() > 1) return text + "\nweights\n" + bars(rows, d.rows);
  if (d.weights.min == d.weights.max) return text;
  return text + "\nweights\n" +
         line("range", short_number(d.weights.min) + " to " + short_number(d.weights.max) +
                           ", mean " + short_number(d.weights.mean));
}

std::string features(const std::string& title, const std::vector<Description::Feature>& features) {
  if (features.empty()) return "";
  std::string text = "\n" + title + "\n";
  for (const Description::Feature& feature : features) {
    std::string kind = with_commas(feature.values) + " categories";
    if (!feature.categorical) {
      kind = feature.dimension == 1 ? "number" : std::to_string(feature.dimension) + " numbers";
    }
    text += line(feature.name, left(kind, 20) + "known for " + percent(feature.known));
  }
  return text;
}

}  // namespace

std::string with_commas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f%%", 100 * share);
  return text;
}

std::string bar(double share, size_t width) {
  static constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::clamp(share, 0.0, 1.0);
  const size_t eighths = static_cast<size_t>(std::lround(clamped * static_cast<double>(8 * width)));
  std::string text;
  for (size_t cell = 0; cell < eighths / 8; ++cell) text += "█";
  return text + kParts[eighths % 8];
}

std::string describe_text(const Description& d) {
  if (d.rows == 0) return overview(d);
  return overview(d) + distribution("history length: events of a user", d.history_length) +
         distribution("events of an item", d.item_count) + popularity(d) + repeats_and_ties(d) +
         weights_and_actions(d) + calendar(d) + features("item features", d.item_features) +
         features("user features", d.user_features);
}

}  // namespace kaskad::cli
