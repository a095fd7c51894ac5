// A finished evaluation: metrics with intervals, and the value of every case, so that two runs on
// the same split can be paired later. evaluate() is what cli and grid call.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/eval/bootstrap.h"
#include "kaskad/eval/metrics.h"
#include "kaskad/eval/ranked_cases.h"

namespace kaskad {

struct EvalOptions {
  std::vector<Metric> metrics = {};  // empty: all of the profile at 10
  Profile profile = Profile::kKaskad;
  TieRule ties = TieRule::kMiddle;
  bool exclude_seen = true;
  int threads = 0;
  BootstrapOptions bootstrap = {};
};

struct MetricResult {
  std::string name, definition;
  Interval interval;
  bool has_interval = true;  // metrics of all lists together have none
};

struct Evaluation {
  std::string model, phase, dataset_hash, split_hash, split;
  Profile profile = Profile::kKaskad;
  TieRule ties = TieRule::kMiddle;
  bool exclude_seen = true;
  BootstrapOptions bootstrap = {};
  std::vector<MetricResult> metrics;
  size_t num_targets = 0, dropped_targets = 0, dropped_cases = 0;
  // Targets that nobody learned; a model without content cannot find them. They stay as misses.
  size_t unlearned_targets = 0;

  std::vector<UserId> users;               // (cases)
  std::vector<std::string> value_columns;  // the metrics with an interval
  // (cases, value_columns): the column means are the metrics. Where a metric is a ratio of sums
  // S / W it is S/W + (part - S/W whole) / mean(whole), so that its interval is right too.
  std::vector<double> values;

  // Throws Error when `name` is no column.
  std::vector<double> column(const std::string& name) const;
  const MetricResult& metric(const std::string& name) const;  // throws Error
};

// `split` gives its hash and text to the result.
Evaluation measure(const RankedCases& ranked, const Catalogue& catalogue, const Split& split,
                   const Phase& phase, const Dataset& dataset, const EvalOptions& options);

Evaluation evaluate(const Retriever& retriever, const Dataset& dataset, const Split& split,
                    const Phase& phase, const EvalOptions& options, const Progress& progress = {});

// The longest K of the metrics.
size_t longest_k(const std::vector<Metric>& metrics);

// Everything but the values of the cases.
nlohmann::json to_json(const Evaluation& evaluation);

nlohmann::json to_json(const Interval& interval);  // {"value":..,"low":..,"high":..}

}  // namespace kaskad
