#include "kaskad/ranking/list_evaluation.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/ranking/list_requests.h"

namespace kaskad {
namespace {

struct Column {
  const char* name;
  const char* definition;
};
constexpr Column kColumns[] = {
    {"ndcg@10",
     "sum over relevant items of 1/log2(1 + rank) for rank <= 10, divided by the same sum over "
     "ranks 1..min(10, R); R counts relevant items that are not among the candidates"},
    {"mrr", "1 / rank of the first relevant item, 0 where none is among the candidates"},
    {"auc",
     "share of the pairs (relevant, other candidate) in right order, ties half; a relevant item "
     "that is not among the candidates loses all its pairs. Mean over lists with another "
     "candidate"},
    {"shown_auc",
     "the same of the relevant candidates alone, mean over lists with candidates of both kinds"},
};
constexpr size_t kNumColumns = std::size(kColumns);

std::vector<size_t> head_numbers(const Impressions& lists, const std::vector<std::string>& names) {
  const auto& heads = lists.facts().heads;
  std::vector<size_t> numbers;
  for (const std::string& name : names) {
    const auto found = std::find(heads.begin(), heads.end(), name);
    if (found == heads.end()) {
      std::string known;
      for (const std::string& head : heads) known += (known.empty() ? "" : ", ") + head;
      throw data_error(lists.directory(), 0, "heads", "no head '" + name + "'", "one of: " + known);
    }
    numbers.push_back(static_cast<size_t>(found - heads.begin()));
  }
  return numbers;
}

// The mean over the lists that have a value, S / W, as a mean over all lists: each becomes
// S/W + (part - S/W whole) / mean(whole), so that the interval is right too.
void spread_mean(std::vector<double>& values, const std::vector<bool>& has, size_t column) {
  double sum = 0, count = 0;
  for (size_t l = 0; l < has.size(); ++l) {
    if (!has[l]) continue;
    sum += values[l * kNumColumns + column];
    ++count;
  }
  if (count == 0) return;
  const double mean = sum / count, mean_whole = count / static_cast<double>(has.size());
  for (size_t l = 0; l < has.size(); ++l) {
    double& value = values[l * kNumColumns + column];
    value = mean + (has[l] ? value - mean : 0) / mean_whole;
  }
}

}  // namespace

ListFacts describe_lists(const Impressions& lists, const std::vector<std::string>& heads) {
  const auto numbers = head_numbers(lists, heads);
  ListMeasure measure(numbers);
  ListFacts facts;
  facts.lists = lists.size();
  facts.candidates = lists.num_candidates();
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    facts.asked += measure.asks(list);
    facts.relevant += measure.relevant(list);
    facts.retrieved += measure.retrieved(list);
  }
  return facts;
}

ListEvaluation evaluate_lists(const Ranker& ranker, const std::string& name, const Dataset& dataset,
                              const Impressions& lists, const ListEvalOptions& options,
                              const Progress& progress) {
  check_dataset(lists, dataset);
  check_lists(ranker, dataset, lists, name);
  ListEvaluation evaluation;
  evaluation.ranker = name;
  const auto start = std::chrono::steady_clock::now();
  const std::vector<float> scores = score_lists(ranker, dataset, lists, options.threads, progress);
  evaluation.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ListMeasure measure(head_numbers(lists, options.heads));
  std::vector<bool> has_auc, has_shown_auc;
  size_t begin = 0;
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    const auto of_list = std::span(scores).subspan(begin, list.size());
    begin += list.size();
    if (!measure.asks(list)) continue;
    const ListFigures figures = measure(list, of_list);
    evaluation.values.insert(evaluation.values.end(),
                             {figures.ndcg, figures.mrr, figures.auc, figures.shown_auc});
    has_auc.push_back(figures.has_auc);
    has_shown_auc.push_back(figures.has_shown_auc);
  }
  spread_mean(evaluation.values, has_auc, 2);
  spread_mean(evaluation.values, has_shown_auc, 3);
  BootstrapOptions bootstrap = options.bootstrap;
  bootstrap.threads = options.threads;
  const auto intervals = mean_intervals(evaluation.values, kNumColumns, bootstrap);
  for (size_t c = 0; c < kNumColumns; ++c) {
    evaluation.metrics.push_back({kColumns[c].name, kColumns[c].definition, intervals[c], true});
  }
  return evaluation;
}

PairedDifference paired(const ListEvaluation& a, const ListEvaluation& b, size_t metric,
                        const BootstrapOptions& options) {
  KASKAD_ASSERT(a.values.size() == b.values.size() && metric < kNumColumns);
  const auto column = [&](const ListEvaluation& evaluation) {
    std::vector<double> values;
    for (size_t at = metric; at < evaluation.values.size(); at += kNumColumns) {
      values.push_back(evaluation.values[at]);
    }
    return values;
  };
  return paired_difference(column(a), column(b), options);
}

nlohmann::json to_json(const ListEvaluation& evaluation) {
  nlohmann::json out = {{"ranker", evaluation.ranker}, {"seconds", evaluation.seconds}};
  for (const MetricResult& metric : evaluation.metrics) {
    out["metrics"][metric.name] = to_json(metric.interval);
    out["definitions"][metric.name] = metric.definition;
  }
  return out;
}

nlohmann::json to_json(const ListFacts& facts) {
  const auto relevant = static_cast<double>(facts.relevant);
  return {{"lists", facts.lists},
          {"asked", facts.asked},
          {"candidates", facts.candidates},
          {"relevant", facts.relevant},
          {"retrieved", facts.retrieved},
          {"recall", relevant > 0 ? static_cast<double>(facts.retrieved) / relevant : 0.0}};
}

}  // namespace kaskad
