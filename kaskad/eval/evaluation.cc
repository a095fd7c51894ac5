#include "kaskad/eval/evaluation.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// The found ranks of each case, ascending; kept apart from the targets' own order.
CaseView view_case(const RankedCases& ranked, size_t one, std::vector<double>& sorted) {
  const size_t first = ranked.offsets[one], count = ranked.offsets[one + 1] - first;
  CaseView view;
  view.relevant = count;
  view.targets = std::span(ranked.targets).subspan(first, count);
  view.target_ranks = std::span(ranked.target_ranks).subspan(first, count);
  sorted.clear();
  std::copy_if(view.target_ranks.begin(), view.target_ranks.end(), std::back_inserter(sorted),
               [](double rank) { return std::isfinite(rank); });
  std::sort(sorted.begin(), sorted.end());
  view.ranks = sorted;
  return view;
}

std::span<const ItemId> list_of(const RankedCases& ranked, size_t one, size_t k) {
  return std::span(ranked.lists).subspan(one * ranked.k, std::min(k, ranked.k));
}

// The values of one metric, one a case; their mean is the metric.
std::vector<double> case_values(const RankedCases& ranked, const Metric& metric,
                                const Catalogue& catalogue) {
  std::vector<double> parts, wholes, sorted;
  double part = 0, whole = 0;
  for (size_t one = 0; one < ranked.size(); ++one) {
    CaseView view = view_case(ranked, one, sorted);
    view.list = list_of(ranked, one, metric.k);
    const Ratio ratio = metric.of_case(view, metric.k, catalogue);
    part += ratio.part;
    whole += ratio.whole;
    parts.push_back(ratio.part);
    wholes.push_back(ratio.whole);
  }
  if (whole == 0) return std::vector<double>(ranked.size(), 0.0);
  if (std::all_of(wholes.begin(), wholes.end(), [](double one) { return one == 1; })) return parts;
  const double ratio = part / whole, mean_whole = whole / static_cast<double>(ranked.size());
  for (size_t one = 0; one < parts.size(); ++one) {
    parts[one] = ratio + (parts[one] - ratio * wholes[one]) / mean_whole;
  }
  return parts;
}

double value_of_lists(const RankedCases& ranked, const Metric& metric, size_t num_items) {
  std::vector<uint64_t> counts(num_items);
  for (size_t one = 0; one < ranked.size(); ++one) {
    for (const ItemId item : list_of(ranked, one, metric.k)) {
      if (item != kNoItem) ++counts[index(item)];
    }
  }
  return metric.of_lists(counts);
}

void describe_run(const RankedCases& ranked, const Catalogue& catalogue, const EvalOptions& options,
                  Evaluation& out) {
  out.model = ranked.model;
  out.profile = options.profile;
  out.ties = ranked.ties;
  out.exclude_seen = ranked.exclude_seen;
  out.bootstrap = options.bootstrap;
  out.num_targets = ranked.targets.size();
  out.dropped_targets = ranked.dropped_targets;
  out.dropped_cases = ranked.dropped_cases;
  for (const ItemId target : ranked.targets) {
    out.unlearned_targets += catalogue.counts.events[index(target)] == 0;
  }
  for (const EvalCase& one : ranked.cases) out.users.push_back(one.user);
}

}  // namespace

Evaluation measure(const RankedCases& ranked, const Catalogue& catalogue, const Split& split,
                   const Phase& phase, const Dataset& dataset, const EvalOptions& options) {
  Evaluation out;
  describe_run(ranked, catalogue, options, out);
  out.phase = phase.name;
  out.dataset_hash = dataset.hash();
  out.split_hash = split.hash;
  out.split = split.options.to_string();
  const std::vector<Metric> metrics =
      options.metrics.empty() ? default_metrics(options.profile, !catalogue.distance.empty())
                              : options.metrics;
  std::vector<std::vector<double>> columns;
  for (const Metric& metric : metrics) {
    KASKAD_ASSERT(metric.k <= ranked.k);
    MetricResult result{metric.name, metric.definition, {}, metric.of_case != nullptr};
    if (metric.of_case != nullptr) {
      columns.push_back(case_values(ranked, metric, catalogue));
      out.value_columns.push_back(metric.name);
    } else {
      result.interval.value = value_of_lists(ranked, metric, catalogue.num_items);
    }
    out.metrics.push_back(std::move(result));
  }
  for (size_t one = 0; one < ranked.size(); ++one) {
    for (const auto& column : columns) out.values.push_back(column[one]);
  }
  if (columns.empty()) return out;
  const auto intervals = mean_intervals(out.values, columns.size(), options.bootstrap);
  size_t column = 0;
  for (MetricResult& result : out.metrics) {
    if (result.has_interval) result.interval = intervals[column++];
  }
  return out;
}

Evaluation evaluate(const Retriever& retriever, const Dataset& dataset, const Split& split,
                    const Phase& phase, const EvalOptions& options, const Progress& progress) {
  const Catalogue catalogue(dataset, phase);
  const RankOptions rank_options{.k = longest_k(options.metrics),
                                 .ties = options.ties,
                                 .exclude_seen = options.exclude_seen,
                                 .threads = options.threads};
  const RankedCases ranked = rank_cases(retriever, dataset, phase, rank_options, progress);
  return measure(ranked, catalogue, split, phase, dataset, options);
}

size_t longest_k(const std::vector<Metric>& metrics) {
  size_t k = metrics.empty() ? default_metrics(Profile::kKaskad, false)[0].k : 1;
  for (const Metric& metric : metrics) k = std::max(k, metric.k);
  return k;
}

std::vector<double> Evaluation::column(const std::string& name) const {
  const auto found = std::find(value_columns.begin(), value_columns.end(), name);
  if (found == value_columns.end()) throw Error("no values of '" + name + "' in the evaluation");
  std::vector<double> out;
  for (size_t at = static_cast<size_t>(found - value_columns.begin()); at < values.size();
       at += value_columns.size()) {
    out.push_back(values[at]);
  }
  return out;
}

const MetricResult& Evaluation::metric(const std::string& name) const {
  for (const MetricResult& result : metrics) {
    if (result.name == name) return result;
  }
  throw Error("no metric '" + name + "' in the evaluation");
}

nlohmann::json to_json(const Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

nlohmann::json to_json(const Evaluation& evaluation) {
  nlohmann::json metrics = nlohmann::json::object(), definitions = nlohmann::json::object();
  for (const MetricResult& result : evaluation.metrics) {
    metrics[result.name] = result.has_interval ? to_json(result.interval)
                                               : nlohmann::json{{"value", result.interval.value}};
    definitions[result.name] = result.definition;
  }
  return {{"model", evaluation.model},
          {"phase", evaluation.phase},
          {"dataset_hash", evaluation.dataset_hash},
          {"split", evaluation.split},
          {"split_hash", evaluation.split_hash},
          {"profile", to_string(evaluation.profile)},
          {"ties", to_string(evaluation.ties)},
          {"ties_meaning", describe(evaluation.ties)},
          {"exclude_seen", evaluation.exclude_seen},
          {"cases", evaluation.users.size()},
          {"targets", evaluation.num_targets},
          {"targets_seen_before", evaluation.dropped_targets},
          {"cases_without_target", evaluation.dropped_cases},
          {"targets_never_learned", evaluation.unlearned_targets},
          {"metrics", metrics},
          {"definitions", definitions},
          {"bootstrap",
           {{"resamples", evaluation.bootstrap.resamples},
            {"level", evaluation.bootstrap.level},
            {"seed", evaluation.bootstrap.seed}}}};
}

}  // namespace kaskad
