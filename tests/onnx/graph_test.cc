#include "kaskad/onnx/graph.h"

#include <gtest/gtest.h>

#include "onnx_checker.h"
#include "wire_reader.h"

namespace kaskad {
namespace {

// y = softmax(x W + .5, axis -1), x (batch, 2), W (2, 3).
std::string small_model() {
  Graph graph("small");
  const Value x = graph.input("x", ElementType::kFloat, {"batch", int64_t{2}});
  const Value w = graph.constant(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  const Value sum = graph.node("Add", {graph.node("MatMul", {x, w}), graph.scalar(0.5F)});
  const Value y = graph.node("Softmax", {sum}, {{"axis", int64_t{-1}}});
  graph.output(y, "y", ElementType::kFloat, {"batch", int64_t{3}});
  return graph.to_bytes("1.2.3", "a small model");
}

TEST(Graph, SaysItsVersions) {
  const std::string file = small_model();
  const WireMessage model(file);
  EXPECT_EQ(model.integer(1), 8U);  // IR version
  EXPECT_EQ(model.bytes(2), "kaskad");
  EXPECT_EQ(model.bytes(3), "1.2.3");
  EXPECT_EQ(model.bytes(6), "a small model");
  EXPECT_EQ(model.count(8), 1U);
  EXPECT_EQ(model.message(8).bytes(1), "");     // the default domain
  EXPECT_EQ(model.message(8).integer(2), 17U);  // opset
}

TEST(Graph, ChainsNodesByTheNamesOfTheirValues) {
  const std::string file = small_model();
  const WireMessage graph = WireMessage(file).message(7);
  ASSERT_EQ(graph.count(1), 4U);  // MatMul, Add, Softmax, and Identity for the output's name
  const WireMessage product = graph.message(1, 0), sum = graph.message(1, 1),
                    softmax = graph.message(1, 2), last = graph.message(1, 3);
  EXPECT_EQ(product.bytes(4), "MatMul");
  EXPECT_EQ(product.bytes(1, 0), "x");
  EXPECT_EQ(product.bytes(1, 1), graph.message(5, 0).bytes(8));  // the name of W
  EXPECT_EQ(sum.bytes(1, 0), product.bytes(2));
  EXPECT_EQ(sum.bytes(1, 1), graph.message(5, 1).bytes(8));
  EXPECT_EQ(softmax.bytes(1), sum.bytes(2));
  EXPECT_EQ(last.bytes(4), "Identity");
  EXPECT_EQ(last.bytes(1), softmax.bytes(2));
  EXPECT_EQ(last.bytes(2), "y");
  EXPECT_EQ(graph.message(12).bytes(1), "y");
}

TEST(Graph, WritesWeightsAsRawData) {
  Graph graph("weights");
  graph.constant(std::vector<float>{1, -2, 0.5}, {3, 1}, "table");
  graph.constant(std::vector<int64_t>{7, -1}, {2});
  const std::string file = graph.to_bytes("0");
  const WireMessage written = WireMessage(file).message(7);
  const WireMessage floats = written.message(5, 0), integers = written.message(5, 1);

  EXPECT_EQ(floats.bytes(8).rfind("table", 0), 0U);
  EXPECT_EQ(floats.integer(2), 1U);  // FLOAT
  ASSERT_EQ(floats.count(1), 2U);
  EXPECT_EQ(floats.integer(1, 0), 3U);
  EXPECT_EQ(floats.integer(1, 1), 1U);
  // 1 = 0x3F800000, -2 = 0xC0000000, 0.5 = 0x3F000000, the lowest byte first.
  EXPECT_EQ(floats.bytes(9), std::string("\0\0\x80\x3F\0\0\0\xC0\0\0\0\x3F", 12));

  EXPECT_EQ(integers.integer(2), 7U);  // INT64
  EXPECT_EQ(integers.bytes(9), std::string("\7\0\0\0\0\0\0\0", 8) + std::string(8, '\xFF'));
}

TEST(Graph, WritesEachKindOfAttribute) {
  Graph graph("attributes");
  const Value x = graph.input("x", ElementType::kFloat, {int64_t{2}});
  graph.node("Anything", {x},
             {{"integer", int64_t{-3}},
              {"number", 0.5F},
              {"text", std::string("reflect")},
              {"list", std::vector<int64_t>{0, 300}}});
  const std::string file = graph.to_bytes("0");
  const WireMessage node = WireMessage(file).message(7).message(1);
  ASSERT_EQ(node.count(5), 4U);

  const WireMessage integer = node.message(5, 0);
  EXPECT_EQ(integer.bytes(1), "integer");
  EXPECT_EQ(integer.integer(20), 2U);
  EXPECT_EQ(static_cast<int64_t>(integer.integer(3)), -3);
  const WireMessage number = node.message(5, 1);
  EXPECT_EQ(number.integer(20), 1U);
  EXPECT_EQ(number.number(2), 0.5F);
  const WireMessage text = node.message(5, 2);
  EXPECT_EQ(text.integer(20), 3U);
  EXPECT_EQ(text.bytes(4), "reflect");
  const WireMessage list = node.message(5, 3);
  EXPECT_EQ(list.integer(20), 7U);
  ASSERT_EQ(list.count(8), 2U);
  EXPECT_EQ(list.integer(8, 0), 0U);
  EXPECT_EQ(list.integer(8, 1), 300U);
}

TEST(Graph, TreesBringTheirDomainAndListsOfNumbersAndTexts) {
  Graph graph("trees");
  const Value x = graph.input("x", ElementType::kFloat, {int64_t{2}});
  const auto answers = graph.ml_node("TreeEnsembleClassifier", {x},
                                     {{"values", std::vector<float>{0.5F, -2}},
                                      {"modes", std::vector<std::string>{"LEAF", "BRANCH_LEQ"}}},
                                     2);
  graph.output(answers[1]);
  const std::string file = graph.to_bytes("0");
  const WireMessage model(file);
  ASSERT_EQ(model.count(8), 2U);
  EXPECT_EQ(model.message(8, 1).bytes(1), "ai.onnx.ml");
  const WireMessage node = model.message(7).message(1, 0);
  EXPECT_EQ(node.bytes(7), "ai.onnx.ml");
  EXPECT_EQ(node.count(2), 2U);
  EXPECT_EQ(node.bytes(2, 1), answers[1].name);
  const WireMessage values = node.message(5, 0), modes = node.message(5, 1);
  EXPECT_EQ(values.integer(20), 6U);
  ASSERT_EQ(values.count(7), 2U);
  EXPECT_EQ(values.number(7), 0.5F);
  EXPECT_EQ(modes.integer(20), 8U);
  EXPECT_EQ(modes.bytes(9, 1), "BRANCH_LEQ");
  const WireMessage output = model.message(7).message(12);
  EXPECT_EQ(output.bytes(1), answers[1].name);
  EXPECT_EQ(output.count(2), 0U);  // no type is declared
}

TEST(Graph, DeclaresFixedAndNamedDimensions) {
  const std::string file = small_model();
  const WireMessage input = WireMessage(file).message(7).message(11);
  EXPECT_EQ(input.bytes(1), "x");
  const WireMessage tensor = input.message(2).message(1);
  EXPECT_EQ(tensor.integer(1), 1U);  // FLOAT
  const WireMessage shape = tensor.message(2);
  ASSERT_EQ(shape.count(1), 2U);
  EXPECT_EQ(shape.message(1, 0).bytes(2), "batch");
  EXPECT_EQ(shape.message(1, 1).integer(1), 2U);
}

TEST(Graph, AScalarHasNoDimensions) {
  Graph graph("scalar");
  graph.scalar(int64_t{5});
  const std::string file = graph.to_bytes("0");
  const WireMessage tensor = WireMessage(file).message(7).message(5);
  EXPECT_EQ(tensor.count(1), 0U);
  EXPECT_EQ(tensor.bytes(9).size(), 8U);
}

TEST(SlowGraph, PassesTheOnnxChecker) {
  if (!has_onnx_checker()) GTEST_SKIP() << "no python3-onnx on this machine";
  EXPECT_EQ(onnx_checker_complaint(small_model()), "");
  // The checker does find faults.
  Graph broken("broken");
  broken.output(Value{"nowhere"}, "y", ElementType::kFloat, {int64_t{1}});
  EXPECT_NE(onnx_checker_complaint(broken.to_bytes("0")), "");
}

}  // namespace
}  // namespace kaskad
