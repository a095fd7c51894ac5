#include <algorithm>
#include <cmath>

#include "kaskad/report/describe_sections.h"
#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/plot.h"

namespace kaskad::html {
namespace {

std::string count(double value) { return format(value, Format::kCount); }
std::string percent(double share) { return format(share, Format::kPercent); }

// "5-8"; one number where a bucket holds one.
std::string bucket_label(const nlohmann::json& bucket) {
  const double from = number(bucket, "from"), to = number(bucket, "to");
  const std::string low = format(from, Format::kShort);
  return from == to ? low : low + "\xe2\x80\x93" + format(to, Format::kShort);
}

// One plot for users (events a user has) and items (events an item has).
Html distribution_plot(const nlohmann::json& distribution, const std::string& title,
                       const std::string& noun, double whole) {
  std::vector<Bar> bars;
  for (const auto& bucket : list(distribution, "histogram")) {
    const double members = number(bucket, "count");
    bars.push_back({bucket_label(bucket), members,
                    whole > 0 ? percent(members / whole) + " of " + noun + "s" : ""});
  }
  const nlohmann::json& quantiles = child(distribution, "quantiles");
  const std::string words = "Half of the " + noun + "s have " + count(number(quantiles, "p50")) +
                            " events or fewer, one in ten more than " +
                            count(number(quantiles, "p90")) + "; the largest has " +
                            count(number(distribution, "max")) + ".";
  return bar_plot({title, words}, "events of one " + noun, {noun + "s"}, bars);
}

Html rows_plot(const nlohmann::json& rows, const PlotText& about, const char* key,
               const std::string& category, const std::string& what, double whole) {
  std::vector<Bar> bars;
  for (const auto& row : rows) {
    const double value = number(row, "rows");
    bars.push_back(
        {words(row, key), value, whole > 0 ? percent(value / whole) + " of " + what : ""});
  }
  return bar_plot(about, category, {"events"}, bars);
}

}  // namespace

Html history_lengths(const nlohmann::json& description) {
  return distribution_plot(child(description, "history_length"), "History lengths", "user",
                           number(description, "users"));
}

Html item_counts(const nlohmann::json& description) {
  return distribution_plot(child(description, "item_count"), "Events per item", "item",
                           number(description, "items"));
}

Html popularity_share(const nlohmann::json& description) {
  const nlohmann::json& popularity = child(description, "popularity");
  std::vector<Point> points;
  for (const auto& point : list(popularity, "curve"))
    points.push_back({number(point, "share_of_items"), number(point, "share_of_rows")});
  std::string said;
  for (const auto& head : list(popularity, "head"))
    said += (said.empty() ? "The top " : ", the top ") +
            format(100 * number(head, "share_of_items"), Format::kShort) + "% of the items take " +
            percent(number(head, "share_of_rows"));
  if (!said.empty()) said += " of the events.";
  return line_plot({"Popularity: share of the events", said},
                   {"share of the items, most popular first", Format::kPercent},
                   {"share of the events", Format::kPercent}, points);
}

// The curve's steps are groups of neighbouring ranks: a point is the mean count of its group at
// the group's middle rank. The first group is drawn by its top item, whose count is known.
Html popularity_rank(const nlohmann::json& description) {
  const nlohmann::json& curve = list(child(description, "popularity"), "curve");
  const double rows = number(description, "rows"), items = number(description, "items");
  std::vector<Point> points;
  if (const double top = number(child(description, "item_count"), "max"); std::isfinite(top))
    points.push_back({1, top});
  for (size_t i = 1; i < curve.size(); ++i) {
    const double first = number(curve[i - 1], "share_of_items") * items + 1;
    const double last = number(curve[i], "share_of_items") * items;
    if (last < first) continue;  // fewer items than points
    const double events =
        rows * (number(curve[i], "share_of_rows") - number(curve[i - 1], "share_of_rows"));
    const double mean = events / (last - first + 1);
    if (last > 1 && mean > 0) points.push_back({std::sqrt(first * last), mean});
  }
  return scatter_plot({"Popularity by rank",
                       "Both axes are logarithmic: a straight fall is a power law. A dot is the "
                       "mean of neighbouring ranks."},
                      {"rank of the item", Format::kCount, true},
                      {"events of the item", Format::kCount, true}, points);
}

Html activity_over_time(const nlohmann::json& description) {
  const nlohmann::json& activity = child(description, "activity");
  const nlohmann::json& periods = list(activity, "periods");
  const std::string unit = words(activity, "unit");
  const double rows = number(description, "rows");
  const nlohmann::json* busiest = nullptr;
  for (const auto& period : periods)
    if (!busiest || number(period, "rows") > number(*busiest, "rows")) busiest = &period;
  if (!busiest) return {};
  const std::string said = "The busiest " + unit + " is " + words(*busiest, "start") + " with " +
                           percent(number(*busiest, "rows") / rows) + " of the events.";
  return rows_plot(periods, {"Events over time", said}, "start", unit, "the events", rows);
}

Html gaps_between_events(const nlohmann::json& description) {
  std::vector<Bar> bars;
  double within_hour = 0;
  for (const auto& gap : list(description, "gaps")) {
    const double share = number(gap, "share"), end = number(gap, "to_seconds");
    bars.push_back({words(gap, "label"), share, count(number(gap, "pairs")) + " pairs"});
    if (end <= 3600) within_hour += share;
  }
  return bar_plot({"Time between consecutive events of a user",
                   percent(within_hour) + " of the steps are shorter than an hour: the share that "
                                          "happens within one visit."},
                  "time since the user's previous event", {"share of the steps", Format::kPercent},
                  bars);
}

Html action_rows(const nlohmann::json& description) {
  return rows_plot(list(description, "actions"), {"Actions", ""}, "name", "action", "the events",
                   number(description, "rows"));
}

// One value only (a log without weights) is no plot.
Html weight_rows(const nlohmann::json& description) {
  const nlohmann::json& weights = child(description, "weights");
  const nlohmann::json& values = list(weights, "values");
  if (values.size() < 2) return {};
  return rows_plot(
      values,
      {"Weights", "From " + count(number(weights, "min")) + " to " + count(number(weights, "max")) +
                      ", " + count(number(weights, "mean")) + " on average."},
      "value", "weight", "the events", number(description, "rows"));
}

Html feature_table(const nlohmann::json& description) {
  std::vector<Row> rows;
  for (const char* side : {"item_features", "user_features"})
    for (const auto& feature : list(description, side)) {
      const bool dense = words(feature, "kind") == "dense";
      const double size = number(feature, dense ? "dimension" : "values");
      rows.push_back(
          {{Cell(words(feature, "name")), Cell(side[0] == 'i' ? "item" : "user"),
            Cell(words(feature, "kind")), Cell(count(size) + (dense ? " dimensions" : " values")),
            Cell(percent(number(feature, "known")))}});
    }
  return table({"Features that came with the log",
                {{"feature"},
                 {"of"},
                 {"kind"},
                 {"size", Column::Kind::kNumber},
                 {"known", Column::Kind::kNumber, {}, "share of the rows that have a value"}},
                std::move(rows)});
}

}  // namespace kaskad::html
