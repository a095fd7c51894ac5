// A small attention model of the colour log as somebody else would export it, with ids, codes,
// times and masks as inputs; and its mapping. It knows by construction what to answer: a
// candidate's colour attends to the colours of the history, and what was taken already loses.
#pragma once

#include <string>
#include <vector>

#include "kaskad/onnx/graph.h"

namespace kaskad {

// Rows: candidates (n), colour int32 (n), history int64 (n, places), mask bool (n, places). Lists:
// the same behind a dimension of 1. Output "scores" (n, 2) or (1, n, 2): the head, and its
// negative.
inline std::string colour_attention(bool lists, bool fixed_places) {
  Graph graph("colour attention");
  const Dimension many = "candidates", one = int64_t{1};
  const Dimension places = fixed_places ? Dimension(int64_t{8}) : Dimension("places");
  const std::vector<Dimension> of_each =
      lists ? std::vector<Dimension>{one, many} : std::vector<Dimension>{many};
  const std::vector<Dimension> of_request = {lists ? one : many, places};
  const Value items = graph.input("items", ElementType::kInt64, of_each);
  const Value colour = graph.input("colour", ElementType::kInt32, of_each);
  const Value history = graph.input("history", ElementType::kInt64, of_request);
  const Value colours = graph.input("colours", ElementType::kInt64, of_request);
  const Value mask = graph.input("mask", ElementType::kBool, of_request);

  const auto number = [&](const Value& value) {
    return graph.node("Cast", {value}, {{"to", int64_t{1}}});
  };
  const auto unsqueeze = [&](const Value& value, int64_t axis) {
    return graph.node("Unsqueeze", {value, graph.constant(std::vector<int64_t>{axis}, {1})});
  };
  // (.., n, places): 1 where candidate and event are alike
  const auto alike = [&](const Value& candidate, const Value& event) {
    const Value events = lists ? unsqueeze(number(event), 1) : number(event);
    const Value same = graph.node("Equal", {unsqueeze(number(candidate), -1), events});
    return number(same);
  };
  const auto masked = [&](const Value& weights) {
    const Value shown = lists ? unsqueeze(number(mask), 1) : number(mask);
    return graph.node("Mul", {weights, shown});
  };
  const auto sum = [&](const Value& weights) {
    const Value axis = graph.constant(std::vector<int64_t>{-1}, {1});
    return graph.node("ReduceSum", {weights, axis}, {{"keepdims", int64_t{1}}});
  };
  const Value liked = sum(masked(alike(colour, colours)));
  const Value taken = sum(masked(alike(items, history)));
  const Value penalty = graph.node("Mul", {taken, graph.scalar(4.0F)});
  const Value score = graph.node("Sub", {liked, penalty});
  const Value both =
      graph.node("Concat", {score, graph.node("Neg", {score})}, {{"axis", int64_t{-1}}});
  graph.output(both, "scores", ElementType::kFloat,
               lists ? std::vector<Dimension>{one, many, int64_t{2}}
                     : std::vector<Dimension>{many, int64_t{2}});
  return graph.to_bytes("0");
}

inline std::string colour_attention_mapping(bool lists, const std::string& pad) {
  return std::string("graph = \"graph.onnx\"\nstyle = \"") + (lists ? "lists" : "rows") + R"("
[history]
length = 8
pad = ")" +
         pad + R"("
[inputs]
items = { source = "candidate.items" }
colour = { source = "candidate.feature", feature = "colour", dtype = "int32" }
history = { source = "history.items" }
colours = { source = "history.feature", feature = "colour" }
mask = { source = "history.mask" }
[[heads]]
name = "next"
output = "scores"
column = 0
)";
}

}  // namespace kaskad
