// The ONNX file of a rank model of one graph, while it is made: the inputs that NeuralRanker gives
// it, by name, and its output.
#pragma once

#include <string>

#include "kaskad/onnx/graph.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

class ListGraph {
 public:
  // `gaps`: the model asks for times too.
  ListGraph(const std::string& name, const RankTask& task, bool gaps);

  // `scores` (1, m, heads)
  RankGraphs finish(const Value& scores);

  Graph graph;
  Value history, candidates;  // int64 (1, events), (1, m)
  Value numbers;              // float (1, m, numbers)
  Value gaps, request_gap;    // int64 (1, events), (1); without a name where not asked for
  Value actions;              // int64 (1, events); likewise

 private:
  int64_t heads_;
};

}  // namespace kaskad::train
