// A description as JSON; describe.h documents the object.
#include <charconv>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/dataset/describe.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The shortest decimal of a float: 0.1, not 0.10000000149011612.
double shortest(float value) {
  char text[32];
  *std::to_chars(text, text + sizeof(text) - 1, value).ptr = '\0';
  return std::strtod(text, nullptr);
}

json distribution_json(const Distribution& distribution) {
  json quantiles = json::object(), histogram = json::array();
  for (size_t q = 0; q < kQuantilePercents.size(); ++q) {
    quantiles["p" + std::to_string(kQuantilePercents[q])] = distribution.quantiles[q];
  }
  for (const Distribution::Bucket& bucket : distribution.histogram) {
    histogram.push_back({{"from", bucket.from}, {"to", bucket.to}, {"count", bucket.count}});
  }
  return {{"min", distribution.min},
          {"mean", distribution.mean},
          {"max", distribution.max},
          {"quantiles", quantiles},
          {"histogram", histogram}};
}

json popularity_json(const Popularity& popularity) {
  json head = json::array(), curve = json::array();
  for (const Popularity::Point& point : popularity.head) {
    head.push_back({{"share_of_items", point.share_of_items},
                    {"items", point.items},
                    {"share_of_rows", point.share_of_rows}});
  }
  for (const Popularity::Point& point : popularity.curve) {
    curve.push_back(
        {{"share_of_items", point.share_of_items}, {"share_of_rows", point.share_of_rows}});
  }
  return {{"gini", popularity.gini}, {"head", head}, {"curve", curve}};
}

json time_json(const Description& description) {
  json time = {{"kind", time_kind_name(description.time_kind)}};
  if (description.time_kind == TimeKind::kClock && description.rows > 0) {
    time["first"] = iso_time(description.first_time);
    time["last"] = iso_time(description.last_time);
    time["days"] = static_cast<double>(description.last_time - description.first_time) / 86400e3;
  }
  return time;
}

json named_json(const std::vector<Description::Named>& rows, const char* key) {
  json list = json::array();
  for (const Description::Named& row : rows) list.push_back({{key, row.name}, {"rows", row.rows}});
  return list;
}

json weights_json(const Description::Weights& weights) {
  json values = json::array();
  for (const auto& [value, rows] : weights.values) {
    values.push_back({{"value", shortest(value)}, {"rows", rows}});
  }
  return {{"min", shortest(weights.min)},
          {"mean", weights.mean},
          {"max", shortest(weights.max)},
          {"values", values}};
}

json gaps_json(const Description& description) {
  json list = json::array();
  for (const Description::Gap& gap : description.gaps) {
    json row = {{"label", gap.label},
                {"from_seconds", gap.from_seconds},
                {"to_seconds", gap.to_seconds},
                {"pairs", gap.pairs},
                {"share", share(gap.pairs, description.pairs)}};
    if (gap.to_seconds == std::numeric_limits<double>::max()) row["to_seconds"] = nullptr;
    list.push_back(row);
  }
  return list;
}

json features_json(const std::vector<Description::Feature>& features) {
  json list = json::array();
  for (const Description::Feature& feature : features) {
    list.push_back({{"name", feature.name},
                    {"kind", feature.categorical ? "categorical" : "dense"},
                    {"values", feature.values},
                    {"dimension", feature.dimension},
                    {"known", feature.known}});
  }
  return list;
}

}  // namespace

json to_json(const Description& description) {
  return {
      {"directory", description.directory},
      {"hash", description.hash},
      {"rows", description.rows},
      {"users", description.users},
      {"items", description.items},
      {"density", description.density},
      {"time", time_json(description)},
      {"actions", named_json(description.actions, "name")},
      {"weights", weights_json(description.weights)},
      {"history_length", distribution_json(description.history_length)},
      {"item_count", distribution_json(description.item_count)},
      {"popularity", popularity_json(description.popularity)},
      {"repeats",
       {{"rows", description.repeats}, {"share", share(description.repeats, description.rows)}}},
      {"ties",
       {{"pairs", description.pairs},
        {"equal", description.ties},
        {"share", share(description.ties, description.pairs)}}},
      {"activity",
       {{"unit", description.period_unit}, {"periods", named_json(description.periods, "start")}}},
      {"gaps", gaps_json(description)},
      {"item_features", features_json(description.item_features)},
      {"user_features", features_json(description.user_features)}};
}

}  // namespace kaskad
