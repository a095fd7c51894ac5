#include "kaskad/ranking/list_evaluation.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/ranking/list_labels.h"
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
    {"hits@1", "share of lists whose first candidate is relevant"},
    {"hits@3", "share of lists with a relevant item among the first 3"},
    {"hits@10", "share of lists with a relevant item among the first 10"},
};
constexpr size_t kNumColumns = std::size(kColumns);

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

// What scores (candidates) are worth where these heads of the lists say what is relevant.
struct Measured {
  std::vector<double> values;  // (asked, metrics)
  std::vector<MetricResult> metrics;
  size_t asked = 0;
};

Measured measure_scores(const Impressions& lists, const std::vector<size_t>& heads,
                        std::span<const float> scores, const BootstrapOptions& options) {
  ListMeasure measure(heads);
  Measured out;
  std::vector<bool> has_auc, has_shown_auc;
  for (size_t l = 0, begin = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    const auto of_list = scores.subspan(begin, list.size());
    begin += list.size();
    if (!measure.asks(list)) continue;
    const ListFigures figures = measure(list, of_list);
    out.values.insert(out.values.end(), {figures.ndcg, figures.mrr, figures.auc, figures.shown_auc,
                                         figures.hits[0], figures.hits[1], figures.hits[2]});
    has_auc.push_back(figures.has_auc);
    has_shown_auc.push_back(figures.has_shown_auc);
  }
  out.asked = has_auc.size();
  if (out.asked == 0) return out;
  spread_mean(out.values, has_auc, 2);
  spread_mean(out.values, has_shown_auc, 3);
  const auto intervals = mean_intervals(out.values, kNumColumns, options);
  for (size_t c = 0; c < kNumColumns; ++c) {
    out.metrics.push_back({kColumns[c].name, kColumns[c].definition, intervals[c], true});
  }
  return out;
}

// Column `head` of (candidates, heads).
std::vector<float> column_of(std::span<const float> by_head, size_t heads, size_t head) {
  std::vector<float> column;
  for (size_t at = head; at < by_head.size(); at += heads) column.push_back(by_head[at]);
  return column;
}

HeadEvaluation evaluate_head(const std::string& name, const Impressions& lists,
                             const std::vector<Head>& own, std::span<const float> by_head,
                             std::span<const float> scores, const BootstrapOptions& options) {
  const size_t number = head_number(lists, name);
  Measured by_final = measure_scores(lists, {number}, scores, options);
  HeadEvaluation evaluation{name, by_final.asked, {}, std::move(by_final.metrics)};
  const auto found =
      std::find_if(own.begin(), own.end(), [&](const Head& head) { return head.name == name; });
  if (found == own.end()) return evaluation;
  const auto column = column_of(by_head, own.size(), static_cast<size_t>(found - own.begin()));
  evaluation.by_own = measure_scores(lists, {number}, column, options).metrics;
  return evaluation;
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
  const auto by_head = score_list_heads(ranker, dataset, lists, options.threads, progress);
  evaluation.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::vector<float> scores(lists.num_candidates());
  ranker.combine(by_head, scores);
  BootstrapOptions bootstrap = options.bootstrap;
  bootstrap.threads = options.threads;
  Measured all = measure_scores(lists, head_numbers(lists, options.heads), scores, bootstrap);
  evaluation.values = std::move(all.values);
  evaluation.metrics = std::move(all.metrics);
  const auto& asked = options.heads.empty() ? lists.facts().heads : options.heads;
  for (size_t h = 0; asked.size() > 1 && h < asked.size(); ++h) {
    evaluation.heads.push_back(
        evaluate_head(asked[h], lists, ranker.heads(), by_head, scores, bootstrap));
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
  for (const HeadEvaluation& head : evaluation.heads) {
    nlohmann::json one = {{"head", head.head}, {"asked", head.asked}};
    for (const MetricResult& metric : head.by_own)
      one["own"][metric.name] = to_json(metric.interval);
    for (const MetricResult& metric : head.by_final) {
      one["final"][metric.name] = to_json(metric.interval);
    }
    out["heads"].push_back(std::move(one));
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
