// Small tree ensembles as ONNX files, as other libraries export them: one split a tree.
#pragma once

#include <string>
#include <vector>

#include "kaskad/onnx/graph.h"

namespace kaskad {

// `low` where the feature is at most `threshold`, else `high`.
struct Stump {
  int64_t feature;
  float threshold, low, high;
  bool missing_low = true;  // where NaN goes
};

// The nodes of TreeEnsembleRegressor and TreeEnsembleClassifier: (root, low, high) of each tree.
inline std::vector<NamedAttribute> stump_nodes(const std::vector<Stump>& stumps) {
  std::vector<int64_t> trees, ids, features, yes, no, missing;
  std::vector<std::string> modes;
  std::vector<float> values;
  for (size_t t = 0; t < stumps.size(); ++t) {
    const Stump& stump = stumps[t];
    trees.insert(trees.end(), 3, static_cast<int64_t>(t));
    ids.insert(ids.end(), {0, 1, 2});
    features.insert(features.end(), {stump.feature, 0, 0});
    modes.insert(modes.end(), {"BRANCH_LEQ", "LEAF", "LEAF"});
    values.insert(values.end(), {stump.threshold, 0, 0});
    yes.insert(yes.end(), {1, 0, 0});
    no.insert(no.end(), {2, 0, 0});
    missing.insert(missing.end(), {stump.missing_low ? 1 : 0, 0, 0});
  }
  return {{"nodes_treeids", trees},       {"nodes_nodeids", ids},
          {"nodes_featureids", features}, {"nodes_modes", modes},
          {"nodes_values", values},       {"nodes_truenodeids", yes},
          {"nodes_falsenodeids", no},     {"nodes_missing_value_tracks_true", missing}};
}

// Adds what the leaves are worth; `what` is "target" or "class".
inline std::vector<NamedAttribute> stump_trees(const std::vector<Stump>& stumps,
                                               const std::string& what, int64_t id) {
  std::vector<NamedAttribute> attributes = stump_nodes(stumps);
  std::vector<int64_t> trees, nodes, ids;
  std::vector<float> weights;
  for (size_t t = 0; t < stumps.size(); ++t) {
    trees.insert(trees.end(), 2, static_cast<int64_t>(t));
    nodes.insert(nodes.end(), {1, 2});
    ids.insert(ids.end(), 2, id);
    weights.insert(weights.end(), {stumps[t].low, stumps[t].high});
  }
  attributes.push_back({what + "_treeids", trees});
  attributes.push_back({what + "_nodeids", nodes});
  attributes.push_back({what + "_ids", ids});
  attributes.push_back({what + "_weights", weights});
  return attributes;
}

// Output "variable" (?, 1): the sum of the stumps. It may declare another shape, as CatBoost does.
inline std::string stump_regressor(int64_t features, const std::vector<Stump>& stumps,
                                   std::vector<Dimension> declared = {"N", int64_t{1}}) {
  Graph graph("stumps");
  const Value rows = graph.input("X", ElementType::kFloat, {"N", features});
  auto attributes = stump_trees(stumps, "target", 0);
  attributes.push_back({"n_targets", int64_t{1}});
  const Value sum = graph.ml_node("TreeEnsembleRegressor", {rows}, attributes)[0];
  graph.output(sum, "variable", ElementType::kFloat, std::move(declared));
  return graph.to_bytes("0");
}

// Outputs "label" and "probabilities": of the second of two classes the logistic of the sum. As a
// tensor, or as a map a row.
inline std::string stump_classifier(int64_t features, const std::vector<Stump>& stumps,
                                    bool as_maps = false) {
  Graph graph("stumps");
  const Value rows = graph.input("X", ElementType::kFloat, {"N", features});
  const std::vector<int64_t> labels = {0, 1};
  auto attributes = stump_trees(stumps, "class", 1);
  attributes.push_back({"classlabels_int64s", labels});
  attributes.push_back({"post_transform", std::string("LOGISTIC")});
  const auto answers = graph.ml_node("TreeEnsembleClassifier", {rows}, attributes, 2);
  graph.output(answers[0], "label", ElementType::kInt64, {"N"});
  if (as_maps) {
    const NamedAttribute classes{"classlabels_int64s", labels};
    graph.output(graph.ml_node("ZipMap", {answers[1]}, {classes})[0]);
  } else {
    graph.output(answers[1], "probabilities", ElementType::kFloat, {"N", "classes"});
  }
  return graph.to_bytes("0");
}

}  // namespace kaskad
