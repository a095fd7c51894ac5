#include "kaskad/ablation/ablation.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/ablation/seed_interval.h"
#include "kaskad/core/error.h"
#include "kaskad/eval/verdict_text.h"

namespace kaskad {
namespace {

using nlohmann::json;

const MeasuredRun& run_of_seed(const std::vector<MeasuredRun>& runs, uint64_t seed) {
  const auto found =
      std::find_if(runs.begin(), runs.end(), [&](const auto& run) { return run.seed == seed; });
  KASKAD_ASSERT(found != runs.end());
  return *found;
}

std::vector<double> column(const std::vector<double>& values, size_t metric, size_t metrics) {
  std::vector<double> out;
  out.reserve(values.size() / metrics);
  for (size_t at = metric; at < values.size(); at += metrics) out.push_back(values[at]);
  return out;
}

// One metric of every component.
std::vector<SeedDifferences> differences_of(const Ablation& ablation, size_t metric) {
  const size_t metrics = ablation.metrics.size();
  std::vector<SeedDifferences> all;
  for (const AblatedComponent& one : ablation.components) {
    SeedDifferences& of_component = all.emplace_back();
    for (const MeasuredRun& run : one.runs) {
      std::vector<double> row = column(run.values, metric, metrics);
      const auto with = column(run_of_seed(ablation.baseline, run.seed).values, metric, metrics);
      KASKAD_ASSERT(row.size() == with.size());
      for (size_t r = 0; r < row.size(); ++r) row[r] -= with[r];
      of_component.push_back(std::move(row));
    }
  }
  return all;
}

template <typename Value>
double mean_over(const std::vector<MeasuredRun>& runs, const Value& value) {
  double sum = 0;
  for (const MeasuredRun& run : runs) sum += value(run);
  return runs.empty() ? 0 : sum / static_cast<double>(runs.size());
}

double seconds_of(const MeasuredRun& run) { return run.train_seconds; }
double epoch_seconds_of(const MeasuredRun& run) {
  return run.epochs > 0 ? run.train_seconds / static_cast<double>(run.epochs) : 0;
}
double cpu_seconds_of(const MeasuredRun& run) { return run.cpu_seconds; }
double mean_of_metric(const MeasuredRun& run, size_t metric, size_t metrics) {
  const auto values = column(run.values, metric, metrics);
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void add_cost(json& to, const char* name, double without, double with) {
  if (without < 0 || with <= 0) return;
  to[name] = {{"without", without}, {"with", with}, {"change", without / with - 1}};
}

json baseline_json(const Ablation& ablation) {
  const auto& runs = ablation.baseline;
  const size_t metrics = ablation.metrics.size();
  json out;
  for (size_t m = 0; m < metrics; ++m) {
    out["metrics"][ablation.metrics[m]] =
        mean_over(runs, [&](const auto& run) { return mean_of_metric(run, m, metrics); });
  }
  out["train_seconds"] = mean_over(runs, seconds_of);
  out["epoch_seconds"] = mean_over(runs, epoch_seconds_of);
  if (const double cpu = mean_over(runs, cpu_seconds_of); cpu > 0) out["cpu_seconds"] = cpu;
  out["epochs"] = mean_over(runs, [](const auto& run) { return double(run.epochs); });
  const double peak = mean_over(runs, [](const auto& run) { return run.peak_memory; });
  if (peak > 0) out["peak_memory"] = peak;
  if (ablation.baseline_cost.flops >= 0) out["flops"] = ablation.baseline_cost.flops;
  if (ablation.baseline_cost.latency_ms >= 0) {
    out["latency_ms"] = ablation.baseline_cost.latency_ms;
  }
  return out;
}

const char* says_of(const Interval& change) {
  if (change.high < 0) return "earns";
  return change.low > 0 ? "harms" : "may be nothing";
}

json component_json(const AblatedComponent& one, const Ablation& ablation) {
  json out = {{"name", one.component.name},
              {"words", one.component.words},
              {"settings", one.component.settings}};
  std::vector<MeasuredRun> paired;  // of the baseline, with the component's seeds
  for (const MeasuredRun& run : one.runs) {
    out["seeds"].push_back(run.seed);
    paired.push_back(run_of_seed(ablation.baseline, run.seed));
  }
  add_cost(out, "train_seconds", mean_over(one.runs, seconds_of), mean_over(paired, seconds_of));
  add_cost(out, "epoch_seconds", mean_over(one.runs, epoch_seconds_of),
           mean_over(paired, epoch_seconds_of));
  add_cost(out, "cpu_seconds", mean_over(one.runs, cpu_seconds_of),
           mean_over(paired, cpu_seconds_of));
  add_cost(out, "flops", one.cost.flops, ablation.baseline_cost.flops);
  add_cost(out, "latency_ms", one.cost.latency_ms, one.cost.baseline_latency_ms);
  return out;
}

std::vector<std::string> names_saying(const json& components, const std::string& says) {
  std::vector<std::string> names;
  for (const json& one : components) {
    if (one["says"] == says) names.push_back(one["name"]);
  }
  return names;
}

// Sentences for a reader who sees nothing else.
std::string verdict_of(const json& result) {
  const json& components = result["components"];
  if (components.empty()) return "No component was taken out.";
  const std::string metric = result["metric"];
  const auto earn = names_saying(components, "earns"), harm = names_saying(components, "harms"),
             nothing = names_saying(components, "may be nothing");
  std::string text;
  if (earn.empty()) {
    text = "No component can be shown to earn its place by " + metric + ".";
  } else {
    const auto first = std::find_if(components.begin(), components.end(),
                                    [](const json& one) { return one["says"] == "earns"; });
    const json& change = (*first)["metrics"][metric];
    text = "What earns most is " + earn[0] + ": without it " + metric + " changes by " +
           verdict_figure(change["value"]) + " " + verdict_range(change["low"], change["high"]) +
           ".";
    if (earn.size() > 1) {
      text += " Also worse without: " + join_names({earn.begin() + 1, earn.end()}) + ".";
    }
  }
  if (!nothing.empty()) {
    text += " May be nothing, the interval includes 0: " + join_names(nothing) + ".";
  }
  if (!harm.empty()) text += " Better without: " + join_names(harm) + ".";
  return text;
}

}  // namespace

json ablation_json(const Ablation& ablation, const BootstrapOptions& options) {
  KASKAD_ASSERT(!ablation.baseline.empty() && !ablation.metrics.empty());
  const size_t metrics = ablation.metrics.size();
  json out = {{"form", kAblationForm},
              {"model", ablation.model},
              {"metric", ablation.metrics[0]},
              {"metrics", ablation.metrics},
              {"requests", ablation.baseline[0].values.size() / metrics},
              {"baseline", baseline_json(ablation)}};
  for (const MeasuredRun& run : ablation.baseline) out["seeds"].push_back(run.seed);
  json components = json::array();
  for (const AblatedComponent& one : ablation.components) {
    components.push_back(component_json(one, ablation));
  }
  for (size_t m = 0; m < metrics; ++m) {
    out["definitions"][ablation.metrics[m]] = ablation.definitions[m];
    const auto differences = differences_of(ablation, m);
    const SeedSpread spread = spread_over_seeds(differences);
    out["spread"][ablation.metrics[m]] = {{"deviation", spread.deviation},
                                          {"freedom", spread.freedom}};
    for (size_t c = 0; c < differences.size(); ++c) {
      const Interval change = change_interval(differences[c], spread, options);
      components[c]["metrics"][ablation.metrics[m]] = {
          {"value", change.value}, {"low", change.low}, {"high", change.high}};
      if (m == 0) components[c]["says"] = says_of(change);
    }
  }
  const std::string& metric = ablation.metrics[0];
  std::vector<json> sorted(components.begin(), components.end());
  std::stable_sort(sorted.begin(), sorted.end(), [&](const json& a, const json& b) {
    return a["metrics"][metric]["value"] < b["metrics"][metric]["value"];
  });
  out["components"] = sorted;
  out["verdict"] = verdict_of(out);
  return out;
}

}  // namespace kaskad
