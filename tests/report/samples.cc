#include "samples.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kaskad {
namespace {

using nlohmann::json;

json figure(double value, double room) {
  return {{"value", value}, {"low", value - room}, {"high", value + room}};
}

struct Choice {
  const char* value;
  double worth;  // factor on the metric
};

struct Knob {
  const char* name;
  std::vector<Choice> choices;
};

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> all = {
      {"direction", {{"next", 1.0}, {"both", 0.72}}},
      {"window", {{"50", 1.0}, {"20", 0.99}, {"10", 0.96}, {"5", 0.91}, {"all", 0.78}}},
      {"gap", {{"1/gap", 1.0}, {"1/sqrt(gap)", 0.95}, {"exp(-gap/5)", 0.97}, {"1", 0.8}}},
      {"norm", {{"row, pop^.25", 1.0}, {"row", 0.985}, {"cosine", 0.83}, {"pmi", 0.52}}},
      {"history", {{"1/(1+k)", 1.0}, {"last 5", 0.93}, {"0.9^k", 0.9}, {"all equal", 0.41}}},
      {"topk", {{"500", 1.0}}}};
  return all;
}

json leaderboard() {
  struct Variant {
    double ndcg;
    json knobs;
    std::string name;
  };
  std::vector<Variant> variants = {{0.1678, json::object(), ""}};
  for (const Knob& knob : knobs()) {
    std::vector<Variant> more;
    for (const Variant& variant : variants)
      for (const Choice& choice : knob.choices) {
        Variant next = variant;
        next.ndcg *= choice.worth;
        next.knobs[knob.name] = choice.value;
        next.name += (next.name.empty() ? "" : " | ") + std::string(choice.value);
        more.push_back(next);
      }
    variants = std::move(more);
  }
  std::stable_sort(variants.begin(), variants.end(),
                   [](const Variant& a, const Variant& b) { return a.ndcg > b.ndcg; });
  json rows = json::array();
  for (size_t i = 0; i < variants.size(); ++i) {
    const double ndcg = variants[i].ndcg;
    rows.push_back({{"rank", i + 1},
                    {"name", variants[i].name},
                    {"knobs", variants[i].knobs},
                    {"validation", {{"ndcg@10", ndcg}, {"hit_rate@10", ndcg * 1.7}}},
                    {"interval", {ndcg - 0.0058, ndcg + 0.0058}},
                    {"difference_to_winner", figure(ndcg - 0.1678, i == 0 ? 0 : 0.0021)}});
  }
  return rows;
}

json marginals() {
  json all = json::array();
  for (const Knob& knob : knobs()) {
    if (knob.choices.size() < 2) continue;
    json values = json::array();
    for (const Choice& choice : knob.choices)
      values.push_back({{"value", choice.value},
                        {"best", 0.1678 * choice.worth},
                        {"median", 0.098 * choice.worth},
                        {"variants", 640 / knob.choices.size()},
                        {"paired_effect", figure(0.1678 * (choice.worth - 1), 0.0019)}});
    all.push_back({{"knob", knob.name},
                   {"sentence", std::string(knob.choices[0].value) + " is best; " +
                                    knob.choices.back().value + " costs most."},
                   {"values", values}});
  }
  return all;
}

json segments() {
  const auto row = [](const char* name, int cases, double hit, double ndcg) {
    const double room = 1 / std::sqrt(cases);
    return json{{"segment", name},
                {"cases", cases},
                {"share", cases / 6040.0},
                {"hit_rate@10", figure(hit, 0.9 * room)},
                {"ndcg@10", figure(ndcg, 0.6 * room)}};
  };
  return {{{"name", "time since the previous event"},
           {"sentence",
            "42% of the targets share a second with the user's previous event: HitRate@10 is .44 "
            "there and .07 beyond an hour, so most of the gain is page order and not taste."},
           {"rows",
            {row("0 s", 2537, 0.44, 0.271), row("1 s to 1 min", 2110, 0.24, 0.128),
             row("1 min to 1 h", 604, 0.13, 0.066), row("over 1 h", 789, 0.07, 0.035)}}},
          {{"name", "history length"},
           {"sentence", "Short histories are served best."},
           {"rows",
            {row("up to 20", 1412, 0.31, 0.184), row("21 to 100", 2690, 0.29, 0.171),
             row("over 100", 1938, 0.26, 0.148)}}}};
}

json advice() {
  const auto card = [](const char* topic, const char* verdict, const char* text,
                       const char* evidence) {
    return json{{"topic", topic}, {"verdict", verdict}, {"advice", text}, {"evidence", evidence}};
  };
  return {
      card("popularity correction", "helps",
           "Divide by popularity to the power .25: in-batch negatives with LogQ, weight .25.",
           "row, pop^.25 beats row by 0.0025 (0.0006 to 0.0044)"),
      card("recency", "helps", "Weigh the last events most; a sequence model is worth its cost.",
           "1/(1+k) against all events equal: +0.0990 (0.0951 to 0.1030)"),
      card("direction", "helps", "Order matters: use a causal model, not a bag of items.",
           "next against both: +0.0470 (0.0429 to 0.0509)"),
      card("long histories", "no difference found", "50 positions are enough.",
           "window 50 against 20: +0.0017 (-0.0003 to 0.0036)"),
      card("shrinkage", "hurts", "Leave it out.", "shrinkage 100: -0.0061 (-0.0082 to -0.0040)"),
      card("content", "unknown", "No item features in this dataset.", "not tried")};
}

json trace() {
  json steps = json::array();
  for (int i = 1; i <= 40; ++i)
    steps.push_back({{"seconds", i * 41.2 / 40},
                     {"variants", i * 16},
                     {"best", 0.1678 - 0.05 * std::exp(-i / 5.0)}});
  return steps;
}

}  // namespace

json sample_grid() {
  const auto metrics = [](double ndcg, double hit) {
    return json{{"ndcg@10", ndcg}, {"hit_rate@10", hit}};
  };
  const json rows = leaderboard();
  json grid = {{"kaskad", "0.1.0"},
               {"command", "kaskad grid ml1m --split leave-one-out -o runs/grid --json"},
               {"created", "2026-01-15T12:00:00Z"},
               {"dataset",
                {{"name", "ml-1m"},
                 {"hash", "5b1f0c9a7d3e48826f0a9d1c2b3e4f50"},
                 {"users", 6040},
                 {"items", 3706},
                 {"events", 1000209},
                 {"time", "clock"}}},
               {"split",
                {{"text", "leave-one-out"},
                 {"hash", "90aa17c2d4be4f1183b7a6c5d2e1f007"},
                 {"warnings",
                  {"The targets lie between 2000 and 2003: training data of one user is later "
                   "than the target of another, so popularity leaks from the future."}},
                 {"validation_cases", 6040},
                 {"test_cases", 6040}}},
               {"threads", 2},
               {"seconds", 41.2},
               {"variants", rows.size()},
               {"metric", "ndcg@10"},
               {"confidence", 0.95}};
  grid["leaderboard"] = rows;
  grid["baselines"] = {
      {{"name", "popularity"},
       {"validation", metrics(0.0331, 0.0669)},
       {"test", metrics(0.0321, 0.0651)}},
      {{"name", "popularity, last 30 days"},
       {"validation", metrics(0.0382, 0.0744)},
       {"test", metrics(0.0375, 0.0736)},
       {"winner_gain", {{"ndcg@10", {{"value", 0.1296}, {"low", 0.1229}, {"high", 0.1363}}}}}}};
  grid["winner"] = {{"name", rows[0]["name"]},
                    {"knobs", rows[0]["knobs"]},
                    {"validation", metrics(0.1678, 0.285)},
                    {"test", metrics(0.1671, 0.2854)},
                    {"test_intervals", {{"ndcg@10", {0.1602, 0.1740}}}}};
  grid["blend"] = {{"parts",
                    {{{"name", rows[0]["name"]}, {"weight", 0.71}},
                     {{"name", rows[40]["name"]}, {"weight", 0.2}},
                     {{"name", "ease, 1000 head items"}, {"weight", 0.09}}}},
                   {"validation", metrics(0.1731, 0.2961)},
                   {"cross_fitted", metrics(0.1722, 0.2949)},
                   {"test", metrics(0.1715, 0.2944)}};
  grid["marginals"] = marginals();
  grid["segments"] = segments();
  grid["advice"] = advice();
  grid["trace"] = trace();
  grid["metric_definitions"] = {
      {"ndcg@10", "sum of 1/log2(rank+1) over hits in the top 10, divided by the best possible"},
      {"hit_rate@10", "share of cases with a hit in the top 10"}};
  return grid;
}

json sample_description() {
  json buckets = json::array(), curve = json::array(), months = json::array();
  const int users[] = {0, 0, 0, 0, 1204, 1731, 1498, 1003, 484, 110, 10};
  for (int i = 0; i < 11; ++i)
    buckets.push_back({{"from", 1 << i}, {"to", (2 << i) - 1}, {"count", users[i]}});
  for (int i = 0; i <= 100; ++i)
    curve.push_back(
        {{"share_of_items", i / 100.0}, {"share_of_rows", 1 - std::pow(1 - i / 100.0, 3.2)}});
  for (int m = 0; m < 35; ++m)
    months.push_back({{"start", std::to_string(2000 + (m + 3) / 12) + "-" +
                                    std::to_string(101 + (m + 3) % 12).substr(1)},
                      {"rows", int(300000 * std::exp(-std::abs(m - 7) / 3.0)) + 2000}});
  const auto counts = [&](int least, double mean, int most, std::vector<int> quantiles) {
    json named = json::object();
    const int percents[] = {1, 5, 10, 25, 50, 75, 90, 95, 99};
    for (int i = 0; i < 9; ++i) named["p" + std::to_string(percents[i])] = quantiles[i];
    return json{{"min", least},
                {"mean", mean},
                {"max", most},
                {"quantiles", named},
                {"histogram", buckets}};
  };
  const auto gap = [](const char* label, json from, json to, double share) {
    return json{{"label", label},
                {"from_seconds", from},
                {"to_seconds", to},
                {"pairs", int(994169 * share)},
                {"share", share}};
  };
  const auto row = [](json value, int rows) { return json{{"value", value}, {"rows", rows}}; };
  return {
      {"directory", "ml1m"},
      {"hash", "5b1f0c9a7d3e48826f0a9d1c2b3e4f50"},
      {"kaskad", "0.1.0"},
      {"command", "kaskad ingest ml-1m/interactions.csv.gz -o ml1m --describe"},
      {"rows", 1000209},
      {"users", 6040},
      {"items", 3706},
      {"density", 0.0447},
      {"time",
       {{"kind", "clock"},
        {"first", "2000-04-25T23:05:32Z"},
        {"last", "2003-02-28T17:49:50Z"},
        {"days", 1038.8}}},
      {"actions", json::array()},
      {"weights",
       {{"min", 1},
        {"mean", 3.58},
        {"max", 5},
        {"values",
         {row(1, 56174), row(2, 107557), row(3, 261197), row(4, 348971), row(5, 226310)}}}},
      {"history_length", counts(20, 165.6, 2314, {20, 23, 27, 44, 96, 208, 400, 556, 906})},
      {"item_count", counts(1, 269.9, 3428, {1, 2, 7, 33, 124, 350, 729, 1051, 1784})},
      {"popularity",
       {{"gini", 0.634},
        {"head",
         {{{"share_of_items", 0.01}, {"items", 37}, {"share_of_rows", 0.087}},
          {{"share_of_items", 0.1}, {"items", 371}, {"share_of_rows", 0.436}}}},
        {"curve", curve}}},
      {"repeats", {{"rows", 0}, {"share", 0.0}}},
      {"ties", {{"pairs", 994169}, {"equal", 536851}, {"share", 0.54}}},
      {"activity", {{"unit", "month"}, {"periods", months}}},
      {"gaps",
       {gap("0 s", 0, 1, 0.54), gap("under 1 min", 1, 60, 0.37),
        gap("1 min to 1 h", 60, 3600, 0.07), gap("1 h to 1 day", 3600, 86400, 0.012),
        gap("over 1 day", 86400, nullptr, 0.008)}},
      {"item_features",
       {{{"name", "genres"},
         {"kind", "categorical"},
         {"values", 18},
         {"dimension", 0},
         {"known", 1.0}},
        {{"name", "text"}, {"kind", "dense"}, {"values", 0}, {"dimension", 384}, {"known", 0.98}}}},
      {"user_features", json::array()}};
}

json with_every_text(json result, const std::string& text) {
  const json leaves = result.flatten();  // "/dataset/name": "ml-1m"
  for (const auto& [pointer, value] : leaves.items())
    if (value.is_string()) result[json::json_pointer(pointer)] = text;
  return result;
}

}  // namespace kaskad
