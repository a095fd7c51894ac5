// From somebody's ONNX file and their mapping to a ranker over a dataset: opens what the mapping
// names and gathers of the dataset what its inputs read. Called by `kaskad train-ranker onnx`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/onnx_ranker.h"

namespace kaskad {

struct OnnxImport {
  std::string mapping_text = {}, mapping_path = {};
  std::vector<NestedRanker> nested = {};  // their scores are ranking features, too
};

// Counters know what `lists` may know, those that the ranker is put into service with. The dataset
// must outlive the ranker. Throws Error as the parser and OnnxRanker do, and where a counter store
// numbers other items.
std::unique_ptr<OnnxRanker> import_onnx_ranker(const OnnxImport& import, const Dataset& dataset,
                                               const Impressions& lists);

// The mapping of a graph that has one input, a row of ranking features: these columns, or all in
// their order. What CatBoost, LightGBM and scikit-learn export. Throws Error showing what the graph
// declares when it has another input.
std::string row_mapping(const std::string& graph_path, const std::vector<std::string>& columns);

}  // namespace kaskad
