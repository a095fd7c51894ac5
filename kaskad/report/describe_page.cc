#include "kaskad/report/describe_page.h"

#include "kaskad/core/error.h"
#include "kaskad/report/describe_sections.h"
#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

std::string count_of(const nlohmann::json& object, const char* key) {
  const double value = number(object, key);
  return std::isfinite(value) ? format(value, Format::kCount) : std::string();
}

std::string percent_of(const nlohmann::json& object, const char* key) {
  const double value = number(object, key);
  return std::isfinite(value) ? format(value, Format::kPercent) : std::string();
}

// What the shape of the log means for the methods that will be tried on it.
std::vector<std::string> consequences(const nlohmann::json& description) {
  constexpr double kMany = 0.05;
  std::vector<std::string> lines;
  const nlohmann::json& ties = child(description, "ties");
  if (number(ties, "share") > kMany)
    lines.push_back(percent_of(ties, "share") +
                    " of consecutive events of a user carry the same time. Their order is the "
                    "order of the file, and a method that uses order learns it, page order "
                    "included: look at the grid's table by time since the previous event.");
  const nlohmann::json& repeats = child(description, "repeats");
  if (number(repeats, "share") > kMany)
    lines.push_back(percent_of(repeats, "share") +
                    " of the events are with an item the user had before. Seen items are filtered "
                    "by default, so these can never be hit: decide whether repeats count.");
  if (words(child(description, "time"), "kind") == "order")
    lines.push_back(
        "The log has no clock, only an order: splits by date, decay by age and time "
        "gaps cannot be used.");
  return lines;
}

Html describe_heading(const nlohmann::json& description) {
  const nlohmann::json& time = child(description, "time");
  const std::string from = words(time, "first"), to = words(time, "last");
  const std::string name = words(description, "directory");
  std::string range;
  if (from.size() >= 10 && to.size() >= 10) range = from.substr(0, 10) + " to " + to.substr(0, 10);
  return element("p", {{"class", "kicker"}},
                 text("kaskad ingest" + (name.empty() ? "" : " \xc2\xb7 " + name))) +
         element("h1", text(plural(number(description, "rows"), "event") + " of " +
                            plural(number(description, "users"), "user") + " with " +
                            plural(number(description, "items"), "item"))) +
         facts({{"time", range},
                {"days", count_of(time, "days")},
                {"events per user", count_of(child(description, "history_length"), "mean")},
                {"events per item", count_of(child(description, "item_count"), "mean")},
                {"pairs that occur", percent_of(description, "density")},
                {"Gini of popularity", count_of(child(description, "popularity"), "gini")},
                {"same time as the event before", percent_of(child(description, "ties"), "share")},
                {"repeated items", percent_of(child(description, "repeats"), "share")}}) +
         callout("What this means for methods", consequences(description));
}

Html quantile_table(const nlohmann::json& description) {
  std::vector<Row> rows;
  std::vector<Column> columns = {{""}};
  for (const auto& [title, key] : {std::pair("events of a user", "history_length"),
                                   std::pair("events of an item", "item_count")}) {
    const nlohmann::json& distribution = child(description, key);
    if (!distribution.is_object()) continue;
    Row row{{Cell(title), Cell(count_of(distribution, "min"))}};
    columns = {{""}, {"least", Column::Kind::kNumber}};
    for (const char* p : {"p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"}) {
      columns.push_back({p[1] == '5' && p[2] == '0' ? "median" : std::string(p + 1) + "%",
                         Column::Kind::kNumber});
      row.cells.push_back(count_of(child(distribution, "quantiles"), p));
    }
    columns.push_back({"most", Column::Kind::kNumber});
    columns.push_back({"mean", Column::Kind::kNumber});
    row.cells.push_back(count_of(distribution, "max"));
    row.cells.push_back(count_of(distribution, "mean"));
    rows.push_back(std::move(row));
  }
  return table({"Quantiles: so many percent have this number or fewer", columns, std::move(rows)});
}

}  // namespace
}  // namespace kaskad::html

namespace kaskad {

std::string describe_page(const nlohmann::json& d) {
  using namespace html;
  if (!d.is_object())
    throw Error(std::string("describe page: found JSON of type ") + d.type_name() +
                ", expected the object of a dataset's description");
  return document(
      {"kaskad: " + words(d, "directory"),
       describe_heading(d),
       {{"users", "Users and items",
         boxes("plots", {history_lengths(d), item_counts(d)}) + quantile_table(d)},
        {"popularity", "Popularity", boxes("plots", {popularity_share(d), popularity_rank(d)})},
        {"time", "Time", boxes("plots", {activity_over_time(d), gaps_between_events(d)})},
        {"values", "Actions and weights", boxes("plots", {action_rows(d), weight_rows(d)})},
        {"features", "Features", feature_table(d)}},
       provenance(words(d, "command"), {{"dataset", words(d, "directory")},
                                        {"dataset hash", words(d, "hash")},
                                        {"written", words(d, "created")},
                                        {"kaskad", words(d, "kaskad")}})});
}

}  // namespace kaskad
