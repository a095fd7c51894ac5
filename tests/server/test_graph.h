// ONNX files behind the tests of inference, small enough to be worked out by hand.
#pragma once

#include <string>
#include <vector>

#include "kaskad/onnx/graph.h"
#include "kaskad/server/infer_models.h"
#include "tests/temp_dir.h"

namespace kaskad {

// "sum": total (n) is the sum over each row of a (n, 2), and of shift int64 (2); rows (n, 2) are a.
inline std::string sum_graph() {
  Graph graph("sum");
  const Value a = graph.input("a", ElementType::kFloat, {"n", int64_t{2}});
  const Value shift = graph.input("shift", ElementType::kInt64, {int64_t{2}});
  const Value number = graph.node("Cast", {shift}, {{"to", int64_t{1}}});
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  const Value total =
      graph.node("ReduceSum", {graph.node("Add", {a, number}), axis}, {{"keepdims", int64_t{0}}});
  graph.output(total, "total", ElementType::kFloat, {"n"});
  graph.output(graph.node("Identity", {a}), "rows", ElementType::kFloat, {"n", int64_t{2}});
  return graph.to_bytes("0");
}

// Output "Y" is input "X", of any type.
inline std::string identity_graph(ElementType type) {
  Graph graph("identity");
  const Value x = graph.input("X", type, {"n"});
  graph.output(graph.node("Identity", {x}), "Y", type, {"n"});
  return graph.to_bytes("0");
}

// A table of three numbers looked up: a token outside of it is the graph's fault to find.
inline std::string table_graph() {
  Graph graph("table");
  const Value token = graph.input("token", ElementType::kInt64, {"n"});
  const Value table = graph.constant(std::vector<float>{1, 2, 3}, {3});
  graph.output(graph.node("Gather", {table, token}), "Y", ElementType::kFloat, {"n"});
  return graph.to_bytes("0");
}

class TestGraph {
 public:
  explicit TestGraph(const std::string& name = "sum", const std::string& bytes = sum_graph())
      : name_(name), path_(directory_.write("graph.onnx", bytes)) {}

  std::vector<OnnxFile> files() const { return {{name_, path_}}; }

  static std::string request(const std::string& more = "") {
    return R"({"inputs": [
      {"name": "a", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2.5], [-3e0, 4]]},
      {"data": [10, 20], "name": "shift", "shape": [2], "datatype": "INT64"}])" +
           more + "}";
  }

 private:
  TempDir directory_;
  std::string name_, path_;
};

}  // namespace kaskad
