// What `kaskad eval-ranker` found, and how it stands in a terminal.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "kaskad/ranking/corpus_recall.h"
#include "kaskad/ranking/list_comparison.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_segments.h"

namespace kaskad::cli {

struct RankerFigures {
  ListFacts facts;
  std::vector<ListEvaluation> evaluations;
  std::vector<nlohmann::json> calibrations;  // (evaluations): empty without a calibration
  ListComparison comparison;
  std::vector<ListSegment> segments;
  std::vector<CorpusRecall> corpus;  // (evaluations), or empty: it was not asked
};

// `num_items` of the catalogue.
void print_tables(const RankerFigures& figures, const BootstrapOptions& bootstrap,
                  size_t num_items);

}  // namespace kaskad::cli
