#include <nlohmann/json.hpp>

#include "kaskad/grid/grid.h"
#include "kaskad/grid/neighbours.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr size_t kPairedLeaders = 50;    // differences to the winner are resampled for these
constexpr size_t kWindowedLeaders = 10;  // figures of each validation window

json figures(double ndcg, double hit_rate) {
  return {{"ndcg@10", ndcg}, {"hit_rate@10", hit_rate}};
}

json values_of(const Evaluation& evaluation) {
  json out = json::object();
  for (const MetricResult& metric : evaluation.metrics) out[metric.name] = metric.interval.value;
  return out;
}

json intervals_of(const Evaluation& evaluation) {
  json out = json::object();
  for (const MetricResult& metric : evaluation.metrics) {
    if (metric.has_interval) out[metric.name] = {metric.interval.low, metric.interval.high};
  }
  return out;
}

json knobs_json(const Variant& variant) {
  json out = json::object();
  for (const KnobValue& knob : knobs_of(variant)) out[knob.knob] = knob.value;
  return out;
}

json leaderboard_json(const SearchResult& search, const BootstrapOptions& bootstrap) {
  const std::vector<VariantScore>& leaders = search.leaders;
  json rows = json::array();
  const std::vector<double> best(leaders.front().case_ndcg.begin(),
                                 leaders.front().case_ndcg.end());
  for (size_t l = 0; l < leaders.size(); ++l) {
    const VariantScore& score = leaders[l];
    json row = {{"rank", l + 1},
                {"name", score.variant.name()},
                {"knobs", knobs_json(score.variant)},
                {"validation", figures(score.ndcg, score.hit_rate)}};
    if (l < kWindowedLeaders) row["windows"] = ndcg_by_window(score, search.window_cases);
    if (l < kPairedLeaders) {
      const std::vector<double> ndcg(score.case_ndcg.begin(), score.case_ndcg.end());
      const Interval own = mean_interval(ndcg, bootstrap);
      row["interval"] = {own.low, own.high};
      row["difference_to_winner"] = to_json(paired_difference(ndcg, best, bootstrap).difference);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

json blend_json(const FittedBlend& blend, bool won) {
  json parts = json::array();
  for (const Blend::Part& part : blend.blend.parts) {
    parts.push_back({{"name", part.variant.name()}, {"weight", part.weight}});
  }
  return {{"parts", parts},
          {"won", won},
          {"validation", figures(blend.ndcg, blend.hit_rate)},
          {"cross_fitted", figures(blend.ndcg, blend.hit_rate)},
          {"gain", to_json(blend.gain.difference)}};
}

json segments_json(const SegmentReport& report) {
  json out = json::array();
  for (const Segment& segment : report.segments) {
    if (out.empty() || out.back()["name"] != segment.group) {
      out.push_back({{"name", segment.group}, {"rows", json::array()}});
    }
    json row = {{"segment", segment.name}, {"cases", segment.cases}, {"share", segment.share}};
    for (const auto& [name, interval] : segment.metrics) row[name] = to_json(interval);
    out.back()["rows"].push_back(std::move(row));
  }
  return out;
}

json advice_json(const std::vector<Advice>& advice) {
  json out = json::array();
  for (const Advice& piece : advice) {
    out.push_back({{"topic", piece.topic},
                   {"verdict", piece.verdict},
                   {"advice", piece.advice},
                   {"evidence", piece.evidence},
                   {"difference", to_json(piece.difference)}});
  }
  return out;
}

json baselines_json(const std::vector<BaselineResult>& baselines) {
  json out = json::array();
  for (const BaselineResult& baseline : baselines) {
    out.push_back({{"name", baseline.name},
                   {"validation", figures(baseline.validation_ndcg, baseline.validation_hit_rate)},
                   {"windows", baseline.window_ndcg},
                   {"test", values_of(baseline.test)},
                   {"test_intervals", intervals_of(baseline.test)},
                   {"winner_gain", {{"ndcg@10", to_json(baseline.winner_gain)}}}});
  }
  return out;
}

}  // namespace

json grid_json(const GridResult& result, const Dataset& dataset, const Split& split,
               const GridOptions& options, const std::string& command) {
  const std::vector<VariantScore>& leaders = result.search.leaders;
  json out;
  out["command"] = command;
  out["dataset"] = {{"name", dataset.directory()},
                    {"hash", dataset.hash()},
                    {"users", dataset.num_users()},
                    {"items", dataset.num_items()},
                    {"events", dataset.num_events()},
                    {"time", result.facts.has_clock ? "clock" : "order"},
                    {"item_features_hash", dataset.item_features_hash()}};
  out["split"] = {{"text", split.options.to_string()},
                  {"hash", split.hash},
                  {"phases", phases_json(split)},
                  {"warnings", split.warnings},
                  {"validation_windows", split.validations.size()},
                  {"validation_cases", result.search.num_cases},
                  {"test_cases", result.test.users.size()}};
  out["threads"] = options.search.scorer.threads;
  out["seconds"] = result.seconds;
  out["search_seconds"] = result.search.seconds;
  out["variants"] = leaders.size();
  out["resumed_variants"] = result.search.resumed;
  out["reloaded"] = result.search.finished;
  out["metric"] = "ndcg@10";
  out["seed"] = options.bootstrap.seed;
  out["leaderboard"] = leaderboard_json(result.search, options.bootstrap);
  out["baselines"] = baselines_json(result.baselines);
  if (result.blend) out["blend"] = blend_json(*result.blend, result.blend_won);
  const bool won = result.blend_won;
  out["winner"] = {{"name", result.winner.name()},
                   {"kind", won ? "blend" : "single"},
                   {"config", result.winner},
                   {"validation", won ? figures(result.blend->ndcg, result.blend->hit_rate)
                                      : figures(leaders.front().ndcg, leaders.front().hit_rate)},
                   {"test", values_of(result.test)},
                   {"test_intervals", intervals_of(result.test)}};
  out["winner"]["windows"] = result.winner_by_window();
  out["winner"]["knobs"] = won ? json::object() : knobs_json(leaders.front().variant);
  out["best_single"] = {{"name", leaders.front().variant.name()},
                        {"knobs", knobs_json(leaders.front().variant)},
                        {"validation", figures(leaders.front().ndcg, leaders.front().hit_rate)}};
  const Evaluation& single = result.single_test ? *result.single_test : result.test;
  out["best_single"]["test"] = values_of(single);
  out["best_single"]["test_intervals"] = intervals_of(single);
  out["marginals"] = to_json(result.effects);
  out["effects_around"] = result.search.centre.name();
  out["segments"] = segments_json(result.segments);
  out["findings"] = result.segments.findings;
  out["advice"] = advice_json(result.advice);
  out["trace"] = json::array();
  for (const TracePoint& point : result.search.trace) {
    out["trace"].push_back(
        {{"seconds", point.seconds}, {"variants", point.variants}, {"best", point.best}});
  }
  for (const MetricResult& metric : result.test.metrics) {
    out["metric_definitions"][metric.name] = metric.definition;
  }
  return out;
}

}  // namespace kaskad
