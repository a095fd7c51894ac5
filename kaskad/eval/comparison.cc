#include "kaskad/eval/comparison.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "kaskad/eval/verdict_text.h"

namespace kaskad {
namespace {

void refuse_other_splits(const std::vector<ComparedRun>& runs) {
  const Evaluation& first = runs.front().evaluation;
  const auto same = [&](const ComparedRun& run) {
    return run.evaluation.split_hash == first.split_hash && run.evaluation.phase == first.phase &&
           run.evaluation.users == first.users;
  };
  if (std::all_of(runs.begin(), runs.end(), same)) return;
  std::string text = "these runs were asked different questions and cannot be compared:";
  for (const ComparedRun& run : runs) {
    text += "\n  " + run.name + ": " + run.evaluation.split + ", " + run.evaluation.phase +
            ", split hash " + run.evaluation.split_hash + ", " +
            std::to_string(run.evaluation.users.size()) + " cases";
  }
  throw Error(text + "\nexpected one split hash, phase and set of users");
}

void refuse_equal_names(const std::vector<ComparedRun>& runs) {
  for (size_t a = 0; a < runs.size(); ++a) {
    for (size_t b = a + 1; b < runs.size(); ++b) {
      if (runs[a].name != runs[b].name) continue;
      throw Error("two runs are called '" + runs[a].name + "': '" + runs[a].directory + "' and '" +
                  runs[b].directory + "'; name one of them with NAME=DIRECTORY");
    }
  }
}

double value_of(const ComparedRun& run, const std::string& metric) {
  return run.evaluation.metric(metric).interval.value;
}

bool is_popularity(const ComparedRun& run) {
  return run.evaluation.model.starts_with("popularity");
}

// "cheapest" by the cost that a reader pays at every request.
const ComparedRow* cheapest_equal(const std::vector<ComparedRow>& rows) {
  const ComparedRow* found = nullptr;
  for (const ComparedRow& row : rows) {
    const double cost = row.run.cost.score_microseconds;
    if (!row.may_equal_best || cost < 0) continue;
    if (!found || cost < found->run.cost.score_microseconds) found = &row;
  }
  return found;
}

// The first sentence, and what follows from it.
std::string verdict_of(const Comparison& comparison) {
  const std::vector<ComparedRow>& rows = comparison.rows;
  const ComparedRow& best = rows.front();
  const Interval& reached = best.run.evaluation.metric(comparison.metric).interval;
  std::string text = best.run.name + " has the highest " + comparison.metric + ", " +
                     verdict_figure(reached.value) + " " +
                     verdict_range(reached.low, reached.high) + ".";
  if (rows.size() == 1) return text;
  std::vector<std::string> equal;
  for (const ComparedRow& row : rows) {
    if (&row != &best && row.may_equal_best) equal.push_back(row.run.name);
  }
  if (equal.empty()) {
    const Interval& gap = rows[1].to_best.difference;
    text += " It beats every other method here: the next, " + rows[1].run.name + ", is " +
            verdict_figure(-gap.value) + " below it, user by user " +
            verdict_range(-gap.high, -gap.low) + ".";
  } else {
    text += " On these users it cannot be told apart from " + join_names(equal) +
            ": the interval of the paired difference includes 0.";
    const ComparedRow* cheap = cheapest_equal(rows);
    if (cheap && cheap != &best && best.run.cost.score_microseconds > 0) {
      char times[32];
      std::snprintf(times, sizeof(times), "%.1f",
                    best.run.cost.score_microseconds / cheap->run.cost.score_microseconds);
      text += " Of these " + cheap->run.name + " answers a request with the least work, " + times +
              " times less than " + best.run.name + ".";
    }
  }
  const auto popular = std::find_if(rows.begin(), rows.end(),
                                    [](const auto& row) { return is_popularity(row.run); });
  if (popular != rows.end() && popular != rows.begin()) {
    text += popular->may_equal_best
                ? " Even the unpersonal " + popular->run.name + " may be as good."
                : " The unpersonal " + popular->run.name + " reaches " +
                      verdict_figure(value_of(popular->run, comparison.metric)) + ".";
  }
  return text;
}

void put(nlohmann::json& json, const char* key, double value) {
  if (value >= 0) json[key] = value;
}

}  // namespace

void refuse_different_questions(const std::vector<ComparedRun>& runs) {
  if (runs.empty()) throw Error("nothing to compare: no run was given");
  refuse_other_splits(runs);
  refuse_equal_names(runs);
}

Comparison compare_runs(std::vector<ComparedRun> runs, const std::string& metric,
                        const BootstrapOptions& options) {
  refuse_different_questions(runs);
  std::stable_sort(runs.begin(), runs.end(), [&](const ComparedRun& a, const ComparedRun& b) {
    return value_of(a, metric) > value_of(b, metric);
  });
  Comparison result;
  result.metric = metric;
  for (ComparedRun& run : runs) {
    ComparedRow row;
    if (!result.rows.empty()) {
      const Evaluation& best = result.rows.front().run.evaluation;
      row.to_best = compare(run.evaluation, best, metric, options);
      row.may_equal_best = row.to_best.difference.high >= 0;
    }
    row.run = std::move(run);
    result.rows.push_back(std::move(row));
  }
  result.verdict = verdict_of(result);
  return result;
}

nlohmann::json to_json(const Comparison& comparison) {
  const Evaluation& first = comparison.rows.front().run.evaluation;
  nlohmann::json json = {{"metric", comparison.metric},
                         {"verdict", comparison.verdict},
                         {"split", {{"text", first.split}, {"hash", first.split_hash}}},
                         {"dataset_hash", first.dataset_hash},
                         {"phase", first.phase},
                         {"cases", first.users.size()},
                         {"runs", nlohmann::json::array()}};
  for (const MetricResult& metric : first.metrics) {
    json["metric_definitions"][metric.name] = metric.definition;
  }
  for (const ComparedRow& row : comparison.rows) {
    const Evaluation& evaluation = row.run.evaluation;
    nlohmann::json out = {{"name", row.run.name},
                          {"model", evaluation.model},
                          {"directory", row.run.directory},
                          {"difference_to_best", to_json(row.to_best.difference)},
                          {"may_equal_best", row.may_equal_best},
                          {"metrics", to_json(evaluation)["metrics"]}};
    put(out, "fit_seconds", row.run.cost.fit_seconds);
    put(out, "peak_memory_bytes", row.run.cost.peak_memory);
    put(out, "score_microseconds", row.run.cost.score_microseconds);
    put(out, "bundle_bytes", row.run.cost.bundle_bytes);
    if (!row.run.segments.segments.empty()) out["segments"] = to_json(row.run.segments);
    json["runs"].push_back(out);
  }
  return json;
}

}  // namespace kaskad
