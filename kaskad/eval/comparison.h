// Several finished evaluations of one split side by side: who is best, by how much, and what may be
// said of it. Called by `kaskad compare`; report/compare_page.h draws the JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/segments.h"

namespace kaskad {

// What a method costs; negative: not known.
struct RunCost {
  double fit_seconds = -1;         // training, or the whole search
  double peak_memory = -1;         // bytes, of that
  double score_microseconds = -1;  // one request, one thread
  double bundle_bytes = -1;        // on disk
};

struct ComparedRun {
  std::string name;       // of its directory
  std::string directory;  // of the evaluation
  Evaluation evaluation;
  RunCost cost;
  SegmentReport segments;  // empty where the dataset was not at hand
};

struct ComparedRow {
  ComparedRun run;
  PairedDifference to_best;    // this minus the best; zeros for the best itself
  bool may_equal_best = true;  // the interval of the difference includes 0
};

struct Comparison {
  std::string metric;
  std::vector<ComparedRow> rows;  // best first
  std::string verdict;            // sentences for a reader who sees nothing else
};

// Throws Error naming the runs and their hashes when they were asked different questions, or when
// two have one name. compare_runs() asks it too; the cli does before it spends time on them.
void refuse_different_questions(const std::vector<ComparedRun>& runs);

// Pairs every run with the best by user.
Comparison compare_runs(std::vector<ComparedRun> runs, const std::string& metric,
                        const BootstrapOptions& options = {});

nlohmann::json to_json(const Comparison& comparison);

}  // namespace kaskad
