#include "cli/ranker_tables.h"

#include <iostream>

#include "cli/eval_table.h"
#include "kaskad/eval/verdict_text.h"

namespace kaskad::cli {
namespace {

std::string with_interval(const Interval& interval, bool sign) {
  return (sign && interval.value >= 0 ? "+" : "") + verdict_figure(interval.value) + " [" +
         (sign && interval.low >= 0 ? "+" : "") + verdict_figure(interval.low) + ", " +
         (sign && interval.high >= 0 ? "+" : "") + verdict_figure(interval.high) + "]";
}

void print_table(const RankerFigures& figures, const BootstrapOptions& bootstrap) {
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const MetricResult& metric : figures.evaluations[0].metrics) rows[0].push_back(metric.name);
  rows[0].push_back("ndcg@10: " + figures.evaluations[0].ranker + " minus this");
  for (size_t e = 0; e < figures.evaluations.size(); ++e) {
    std::vector<std::string> row = {figures.evaluations[e].ranker};
    for (const MetricResult& metric : figures.evaluations[e].metrics) {
      row.push_back(with_interval(metric.interval, false));
    }
    if (e > 0) {
      const auto gain = paired(figures.evaluations[0], figures.evaluations[e], 0, bootstrap);
      row.push_back(with_interval(gain.difference, true));
    }
    rows.push_back(row);
  }
  std::cout << aligned(rows);
}

void print_corpus(const RankerFigures& figures, const BootstrapOptions& bootstrap,
                  size_t num_items) {
  if (figures.corpus.empty()) return;
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const size_t k : kCorpusK) rows[0].push_back("recall@" + std::to_string(k));
  rows[0].push_back("recall@100: " + figures.corpus[0].ranker + " minus this");
  for (size_t c = 0; c < figures.corpus.size(); ++c) {
    std::vector<std::string> row = {figures.corpus[c].ranker};
    for (const Interval& recall : figures.corpus[c].recalls)
      row.push_back(with_interval(recall, false));
    if (c > 0) {
      const auto gain = paired(figures.corpus[0], figures.corpus[c], 1, bootstrap);
      row.push_back(with_interval(gain.difference, true));
    }
    rows.push_back(row);
  }
  std::cout << "\nAmong all " << num_items << " items, " << figures.corpus[0].asked
            << " of the lists, ties against the ranker\n"
            << aligned(rows);
}

// A head at a time, where there are several.
void print_heads(const RankerFigures& figures) {
  if (figures.evaluations[0].heads.empty()) return;
  const auto cell = [](const std::vector<MetricResult>& metrics, size_t metric) {
    return metrics.empty() ? std::string("-") : with_interval(metrics[metric].interval, false);
  };
  std::vector<std::vector<std::string>> rows = {{"labels of", "lists", "ranker",
                                                 "ndcg@10 of its own head", "of its final score",
                                                 "mrr of its own head", "of its final score"}};
  for (size_t h = 0; h < figures.evaluations[0].heads.size(); ++h) {
    for (const ListEvaluation& evaluation : figures.evaluations) {
      const HeadEvaluation& head = evaluation.heads[h];
      rows.push_back({head.head, std::to_string(head.asked), evaluation.ranker,
                      cell(head.by_own, 0), cell(head.by_final, 0), cell(head.by_own, 1),
                      cell(head.by_final, 1)});
    }
  }
  std::cout << "\nHead by head\n" << aligned(rows);
}

void print_segments(const RankerFigures& figures, const BootstrapOptions& bootstrap) {
  if (figures.segments.empty()) return;
  std::vector<std::vector<std::string>> rows = {{"part", "lists", "ranker", "ndcg@10", "hits@3"}};
  for (const ListSegment& segment : figures.segments) {
    for (const ListEvaluation& evaluation : figures.evaluations) {
      std::vector<std::string> row = {segment.name + " " + segment.group,
                                      std::to_string(segment.lists.size()), evaluation.ranker};
      for (const auto& metric : measure_segment(evaluation, segment, bootstrap)) {
        if (metric.name != rows[0][3] && metric.name != rows[0][4]) continue;
        row.push_back(with_interval(metric.interval, false));
      }
      rows.push_back(row);
    }
  }
  std::cout << "\nWhere the figures come from\n" << aligned(rows);
}

void print_calibrations(const RankerFigures& figures) {
  for (size_t e = 0; e < figures.evaluations.size(); ++e) {
    for (const nlohmann::json& head : figures.calibrations[e]) {
      std::cout << "\n"
                << figures.evaluations[e].ranker << ", probability of "
                << head["head"].get<std::string>() << " (" << head["method"].get<std::string>()
                << "): ece " << verdict_figure(head["ece"]) << " in " << head["bins"].size()
                << " bins of equal mass, Brier " << verdict_figure(head["brier"]) << " (base rate "
                << verdict_figure(head["base_rate"])
                << " alone: " << verdict_figure(head["brier_of_base_rate"]) << ")\n";
    }
  }
}

}  // namespace

void print_tables(const RankerFigures& figures, const BootstrapOptions& bootstrap,
                  size_t num_items) {
  std::cout << figures.facts.asked << " lists asked, " << figures.facts.retrieved << " of "
            << figures.facts.relevant << " relevant items among the candidates\n\n";
  print_table(figures, bootstrap);
  for (const MetricResult& metric : figures.evaluations[0].metrics) {
    std::cout << "\n" << metric.name << ": " << metric.definition;
  }
  std::cout << "\n\n" << figures.comparison.verdict << "\n";
  print_corpus(figures, bootstrap, num_items);
  print_heads(figures);
  print_segments(figures, bootstrap);
  print_calibrations(figures);
  std::cout << std::flush;
}

}  // namespace kaskad::cli
