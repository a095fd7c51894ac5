#include "kaskad/onnx/flops.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/onnx/graph.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

// y = (row of a table for each token) W + .5, summed over tokens: tokens (1, events) -> (1, 3).
std::string pooled_graph() {
  Graph graph("pooled");
  const Value tokens = graph.input("tokens", ElementType::kInt64, {int64_t{1}, "events"});
  const Value table = graph.constant(std::vector<float>{0, 1, 2, 3}, {2, 2});
  const Value rows = graph.node("Gather", {table, tokens}, {{"axis", int64_t{0}}});
  const Value w = graph.constant(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  const Value y = graph.node("Add", {graph.node("MatMul", {rows, w}), graph.scalar(0.5F)});
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  graph.output(graph.node("ReduceSum", {y, axis}, {{"keepdims", int64_t{0}}}), "y",
               ElementType::kFloat, {int64_t{1}, int64_t{3}});
  return graph.to_bytes("0");
}

TEST(CountFlops, CountsProductsAndElementsButNoMoves) {
  const TempDir directory;
  const std::string path = directory / "pooled.onnx";
  write_file(path, pooled_graph());
  const GraphFlops flops = count_flops(path, {{"events", 7}}, directory.path());
  EXPECT_EQ(flops.by_operator.at("MatMul"), 2 * 7 * 2 * 3);  // 2 m k n
  EXPECT_EQ(flops.by_operator.at("Add"), 7 * 3);
  EXPECT_EQ(flops.by_operator.at("ReduceSum"), 7 * 3);  // what goes in
  EXPECT_FALSE(flops.by_operator.contains("Gather"));
  EXPECT_EQ(flops.total, 84 + 21 + 21);
}

TEST(CountFlops, LeavesNoFileBehind) {
  const TempDir directory;
  const std::string path = directory / "pooled.onnx";
  write_file(path, pooled_graph());
  count_flops(path, {}, directory.path());
  const std::filesystem::directory_iterator files(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(CountFlops, NamesAFileThatIsNone) {
  const TempDir directory;
  write_file(directory / "x.onnx", "no graph");
  try {
    count_flops(directory / "x.onnx", {}, directory.path());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("x.onnx' cannot be run"), std::string::npos);
  }
  EXPECT_THROW(flops_of_profile("{"), Error);
}

TEST(FlopsOfProfile, ATransposedGemmKnowsItsInnerLength) {
  const std::string profile = R"([{"cat": "Session", "name": "model_run"},
    {"cat": "Node", "name": "Gemm_1_kernel_time", "args": {"op_name": "Gemm",
     "input_type_shape": [{"float": [5, 2]}, {"float": [5, 3]}, {"float": [3]}],
     "output_type_shape": [{"float": [2, 3]}]}}])";
  EXPECT_EQ(flops_of_profile(profile).total, 2 * 2 * 5 * 3);
}

}  // namespace
}  // namespace kaskad
