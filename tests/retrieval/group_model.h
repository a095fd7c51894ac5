// A neural model of the battery's log, written by hand. Items of its even group have the vector
// (1, -1, b), those of its odd group (-1, 1, b), with b = (item % 5) / 16; item 20, of which
// nothing is known, has none. A history is the sum of what its tokens say: (1, 0, 1) of an even
// item, (0, 1, 1) of an odd one, nothing of padding and item 20, and (0, 0, 1) where it begins. So
// the score of item i is +-(even - odd) + b times the number of known tokens.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/dataset/time_gap.h"
#include "kaskad/onnx/graph.h"
#include "kaskad/retrieval/neural.h"
#include "tests/model/battery_log.h"

namespace kaskad {

inline constexpr int64_t kGroupDimension = 3;

inline std::vector<float> group_items() {
  std::vector<float> items;
  for (size_t item = 0; item < kBatteryItems; ++item) {
    const float side = item == index(kUnknownItem) ? 0.0F : item % 2 == 0 ? 1.0F : -1.0F;
    items.insert(items.end(), {side, -side, side == 0 ? 0 : static_cast<float>(item % 5) / 16});
  }
  return items;
}

// `with_gaps` adds gap / 1024 to the third number, for every token.
inline std::string group_graph(const HistoryInputs& inputs, bool with_gaps = false,
                               int64_t num_items = kBatteryItems) {
  std::vector<float> table = {0, 0, 0};
  for (int64_t item = 0; item < num_items; ++item) {
    const bool known = item != static_cast<int64_t>(index(kUnknownItem));
    table.insert(table.end(), {known && item % 2 == 0 ? 1.0F : 0.0F,
                               known && item % 2 == 1 ? 1.0F : 0.0F, known ? 1.0F : 0.0F});
  }
  table.insert(table.end(), {0, 0, 1});
  Graph graph("groups");
  const Dimension length = inputs.fixed_length ? Dimension(static_cast<int64_t>(inputs.max_history))
                                               : Dimension(std::string("length"));
  const Value tokens = graph.input(inputs.tokens, ElementType::kInt64, {"batch", length});
  const Value weights = graph.constant(table, {num_items + 2, kGroupDimension});
  Value rows = graph.node("Gather", {weights, tokens}, {{"axis", int64_t{0}}});
  if (with_gaps) {
    std::vector<float> of_gaps;
    for (int64_t gap = 0; gap < kGapBuckets; ++gap) {
      of_gaps.insert(of_gaps.end(), {0, 0, static_cast<float>(gap) / 1024});
    }
    const Value gaps = graph.input(inputs.gaps, ElementType::kInt64, {"batch", length});
    const Value gap_weights = graph.constant(of_gaps, {kGapBuckets, kGroupDimension});
    rows = graph.node("Add",
                      {rows, graph.node("Gather", {gap_weights, gaps}, {{"axis", int64_t{0}}})});
  }
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  const Value sum = graph.node("ReduceSum", {rows, axis}, {{"keepdims", int64_t{0}}});
  graph.output(sum, "user", ElementType::kFloat, {"batch", kGroupDimension});
  return graph.to_bytes("test");
}

inline std::vector<uint64_t> group_popularity(const Dataset& dataset = battery_dataset()) {
  std::vector<uint64_t> counts(dataset.num_items());
  for (const ItemId item : dataset.item()) ++counts[index(item)];
  return counts;
}

inline NeuralConfig group_config() {
  NeuralConfig config;
  config.architecture = "by hand";
  config.dimension = static_cast<size_t>(kGroupDimension);
  config.inputs.max_history = 8;
  return config;
}

inline std::unique_ptr<NeuralRetriever> group_model(const NeuralConfig& config) {
  return NeuralRetriever::create(config, group_graph(config.inputs, !config.inputs.gaps.empty()),
                                 group_items(), group_popularity());
}

}  // namespace kaskad
