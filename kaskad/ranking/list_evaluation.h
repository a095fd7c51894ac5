// Rankers measured on the same stored lists: figures with intervals, and paired differences.
// Called by `kaskad eval-ranker`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/eval/bootstrap.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

struct ListEvalOptions {
  std::vector<std::string> heads;  // whose labels are relevant; empty: of any head
  BootstrapOptions bootstrap = {};
  int threads = 0;
};

// One head of the lists: its labels alone say what is relevant.
struct HeadEvaluation {
  std::string head;
  size_t asked = 0;                    // lists with a relevant item
  std::vector<MetricResult> by_own;    // of the ranker's head of that name; empty: it has none
  std::vector<MetricResult> by_final;  // of its final score
};

struct ListEvaluation {
  std::string ranker;
  std::vector<MetricResult> metrics;  // ndcg@10, mrr, auc, shown_auc, hits@1, @3, @10
  std::vector<double> values;         // (lists asked, metrics): their means are the metrics
  std::vector<HeadEvaluation> heads;  // empty where one head alone is asked
  double seconds = 0;                 // of scoring
};

// How much of the answers the lists hold: a bound on what any ranker can reach.
struct ListFacts {
  size_t lists = 0, asked = 0, candidates = 0;  // asked: with a relevant item
  size_t relevant = 0, retrieved = 0;
};

ListFacts describe_lists(const Impressions& lists, const std::vector<std::string>& heads);

// Throws Error when the lists are of another dataset, or lack what the ranker looks at.
ListEvaluation evaluate_lists(const Ranker& ranker, const std::string& name, const Dataset& dataset,
                              const Impressions& lists, const ListEvalOptions& options,
                              const Progress& progress = {});

// a - b of metric number `metric`, list by list.
PairedDifference paired(const ListEvaluation& a, const ListEvaluation& b, size_t metric,
                        const BootstrapOptions& options);

nlohmann::json to_json(const ListEvaluation& evaluation);
nlohmann::json to_json(const ListFacts& facts);

}  // namespace kaskad
