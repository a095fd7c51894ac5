#include "kaskad/onnx/session.h"

#include <gtest/gtest.h>

#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/onnx/graph.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

using Values = std::vector<float>;

// y = x W + .5 and z = 2 y, x (batch, 2), W = [1 2 3; 4 5 6].
std::string product_graph() {
  Graph graph("product");
  const Value x = graph.input("x", ElementType::kFloat, {"batch", int64_t{2}});
  const Value w = graph.constant(Values{1, 2, 3, 4, 5, 6}, {2, 3});
  const Value y = graph.node("Add", {graph.node("MatMul", {x, w}), graph.scalar(0.5F)});
  graph.output(y, "y", ElementType::kFloat, {"batch", int64_t{3}});
  const Value z = graph.node("Mul", {y, graph.scalar(2.0F)});
  graph.output(z, "z", ElementType::kFloat, {"batch", int64_t{3}});
  return graph.to_bytes("0");
}

// y (batch, 2) = rows of a table summed over tokens (batch, length), + shift (batch, 2).
std::string lookup_graph() {
  Graph graph("lookup");
  const Value tokens = graph.input("tokens", ElementType::kInt64, {"batch", "length"});
  const Value shift = graph.input("shift", ElementType::kFloat, {"batch", int64_t{2}});
  const Value table = graph.constant(Values{0, 0, 1, 10, 2, 20}, {3, 2});
  const Value rows = graph.node("Gather", {table, tokens}, {{"axis", int64_t{0}}});
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  const Value sum = graph.node("ReduceSum", {rows, axis}, {{"keepdims", int64_t{0}}});
  graph.output(graph.node("Add", {sum, shift}), "y", ElementType::kFloat, {"batch", int64_t{2}});
  return graph.to_bytes("0");
}

OnnxSession product() { return OnnxSession::from_bytes(product_graph(), "product.onnx"); }
OnnxSession lookup() { return OnnxSession::from_bytes(lookup_graph(), "lookup.onnx"); }

TensorView floats(const Values& values, std::vector<int64_t> shape) {
  return {std::span<const float>(values), std::move(shape)};
}
TensorView integers(const std::vector<int64_t>& values, std::vector<int64_t> shape) {
  return {std::span<const int64_t>(values), std::move(shape)};
}

void run(const OnnxSession& session, std::vector<TensorView> in,
         std::vector<std::span<float>> out) {
  session.run(in, out);
}

// The text of the Error that `action` throws.
template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OnnxSession, DeclaresWhatTheFileDoes) {
  const OnnxSession session = lookup();
  ASSERT_EQ(session.inputs().size(), 2U);
  EXPECT_EQ(session.inputs()[0].to_string(), "tokens int64 (?, ?)");
  EXPECT_EQ(session.inputs()[1].to_string(), "shift float (?, 2)");
  ASSERT_EQ(session.outputs().size(), 1U);
  EXPECT_EQ(session.outputs()[0].to_string(), "y float (?, 2)");
  EXPECT_EQ(session.path(), "lookup.onnx");
}

TEST(OnnxSession, ComputesForAnyBatch) {
  const OnnxSession session = product();
  Values one(3), three(9);
  // (1, 1) W = (5, 7, 9)
  run(session, {floats({1, 1}, {1, 2})}, {one});
  EXPECT_EQ(one, (Values{5.5, 7.5, 9.5}));
  // (0, 0) W = 0; (2, 0) W = (2, 4, 6); (0, -1) W = (-4, -5, -6)
  run(session, {floats({0, 0, 2, 0, 0, -1}, {3, 2})}, {three});
  EXPECT_EQ(three, (Values{0.5, 0.5, 0.5, 2.5, 4.5, 6.5, -3.5, -4.5, -5.5}));
}

TEST(OnnxSession, ReadsIntegersBesideFloats) {
  Values y(4);
  // Row 1 + row 2 = (3, 30), + (.5, 0); row 2 + row 0 = (2, 20), + (0, 1).
  run(lookup(), {integers({1, 2, 2, 0}, {2, 2}), floats({0.5, 0, 0, 1}, {2, 2})}, {y});
  EXPECT_EQ(y, (Values{3.5, 30, 2, 21}));
}

TEST(OnnxSession, WritesTheOutputsThatAreAskedFor) {
  const Values x = {1, 1};
  Values y(3), z(3);
  run(product(), {floats(x, {1, 2})}, {y, z});
  EXPECT_EQ(z, (Values{11, 15, 19}));
  Values only_z(3);
  run(product(), {floats(x, {1, 2})}, {{}, only_z});
  EXPECT_EQ(only_z, z);
}

TEST(OnnxSession, AnswersAnEmptyBatch) {
  Values y(1, 7.0F);
  run(product(), {floats({}, {0, 2})}, {std::span(y).first(0)});
  EXPECT_EQ(y, Values{7});  // nothing was written
}

template <typename T>
TensorBytes bytes(ElementType type, const std::vector<T>& values, std::vector<int64_t> shape) {
  return {type, std::as_bytes(std::span(values)), std::move(shape)};
}

TEST(OnnxSession, RunsTensorsOfTheTypesThatTheFileDeclares) {
  Graph graph("types");
  const Value small = graph.input("small", ElementType::kInt8, {"n"});
  const Value half = graph.input("half", ElementType::kFloat16, {"n"});
  graph.output(graph.node("Cast", {small}, {{"to", int64_t{6}}}), "whole", ElementType::kInt32,
               {"n"});
  graph.output(graph.node("Cast", {half}, {{"to", int64_t{11}}}), "wide", ElementType::kDouble,
               {"n"});
  const auto session = OnnxSession::from_bytes(graph.to_bytes("0"), "types.onnx");
  const std::vector<int8_t> whole = {-128, 0, 127};
  const std::vector<uint16_t> halves = {0x3c00, 0xc000, 0x7bff};  // 1, -2, the largest
  const std::vector<TensorBytes> in = {bytes(ElementType::kInt8, whole, {3}),
                                       bytes(ElementType::kFloat16, halves, {3})};
  const std::vector<size_t> wanted = {1, 0};
  const auto answers = session.run(in, wanted);
  EXPECT_EQ(answers[0].type, ElementType::kDouble);
  EXPECT_EQ(answers[0].shape, std::vector<int64_t>{3});
  const auto wide = answers[0].as<double>();
  EXPECT_EQ((std::vector<double>(wide.begin(), wide.end())), (std::vector<double>{1, -2, 65504}));
  const auto back = answers[1].as<int32_t>();
  EXPECT_EQ((std::vector<int32_t>(back.begin(), back.end())), (std::vector<int32_t>{-128, 0, 127}));

  const std::vector<TensorBytes> wrong = {bytes(ElementType::kUInt8, whole, {3}), in[1]};
  EXPECT_EQ(error_of([&] { session.run(wrong, wanted); }),
            "'types.onnx', input 'small': given uint8 (3), the file declares small int8 (?)");
  const std::vector<TensorBytes> uneven = {in[0], bytes(ElementType::kFloat16, halves, {1, 3})};
  EXPECT_EQ(error_of([&] { session.run(uneven, wanted); }),
            "'types.onnx', input 'half': given float16 (1, 3), the file declares half float16 (?)");
  EXPECT_EQ(error_of([&] { session.run(std::span(in).first(1), wanted); }),
            "'types.onnx': given 1 inputs, the file declares 2: small int8 (?), half float16 (?)");
}

// Only the run tells how many elements of x are not 0.
TEST(OnnxSession, CopiesOutputsWhoseShapeTheFileLeavesOpen) {
  Graph graph("nonzero");
  const Value x = graph.input("x", ElementType::kFloat, {"n"});
  const Value where = graph.node("NonZero", {x});
  const Value rows = graph.node("Cast", {where}, {{"to", int64_t{1}}});
  graph.output(rows, "places", ElementType::kFloat, {"axes", "found"});
  const auto session = OnnxSession::from_bytes(graph.to_bytes("0"), "nonzero.onnx");
  Values places(2);
  run(session, {floats({0, 3, 0, 4}, {4})}, {places});
  EXPECT_EQ(places, (Values{1, 3}));
  Values three(3);
  EXPECT_EQ(error_of([&] { run(session, {floats({0, 3, 0, 4}, {4})}, {three}); }),
            "'nonzero.onnx', output 'places': given room for 3 values, the answer is (1, 2)");
}

TEST(OnnxSession, NamesAnInputOfAnotherShape) {
  Values y(3);
  EXPECT_EQ(error_of([&] { run(product(), {floats({1, 1, 1}, {1, 3})}, {y}); }),
            "'product.onnx', input 'x': given float (1, 3), the file declares x float (?, 2)");
  EXPECT_EQ(error_of([&] { run(product(), {floats({1, 1}, {2})}, {y}); }),
            "'product.onnx', input 'x': given float (2), the file declares x float (?, 2)");
  EXPECT_EQ(error_of([&] { run(product(), {floats({1, 1}, {2, 2})}, {y}); }),
            "'product.onnx', input 'x': given float (2, 2) with 2 values, the file declares x "
            "float (?, 2)");
}

TEST(OnnxSession, NamesAnInputOfAnotherType) {
  Values y(3);
  EXPECT_EQ(error_of([&] { run(product(), {integers({1, 1}, {1, 2})}, {y}); }),
            "'product.onnx', input 'x': given int64 (1, 2), the file declares x float (?, 2)");
}

TEST(OnnxSession, RefusesInputsOfDifferentBatches) {
  Values y(2);
  EXPECT_EQ(
      error_of([&] { run(lookup(), {integers({1}, {1, 1}), floats({0, 0, 0, 0}, {2, 2})}, {y}); }),
      "'lookup.onnx', input 'shift': given float (2, 2), the file declares shift float (?, "
      "2)");
}

TEST(OnnxSession, NamesAnOutputOfAnotherSize) {
  Values y(4);
  EXPECT_EQ(error_of([&] { run(product(), {floats({1, 1}, {1, 2})}, {y}); }),
            "'product.onnx', output 'y': given room for 4 values, now (1, 3), the file declares y "
            "float (?, 3)");
}

TEST(OnnxSession, CountsInputsAndOutputs) {
  Values y(3);
  EXPECT_EQ(error_of([&] { run(product(), {}, {y}); }),
            "'product.onnx': given 0 inputs, the file declares 1: x float (?, 2)");
  EXPECT_EQ(error_of([&] { run(product(), {floats({1, 1}, {1, 2})}, {y, y, y}); }),
            "'product.onnx': asked for 3 outputs, the file declares 2: y float (?, 3), z float "
            "(?, 3)");
}

// What only the run can find: a row that the table lacks.
TEST(OnnxSession, SaysWhatTheRunFound) {
  Values y(2);
  const std::string error =
      error_of([&] { run(lookup(), {integers({9}, {1, 1}), floats({0, 0}, {1, 2})}, {y}); });
  EXPECT_NE(error.find("'lookup.onnx' cannot answer"), std::string::npos) << error;
  EXPECT_NE(error.find("out of data bounds"), std::string::npos) << error;
}

TEST(OnnxSession, ThreadsTogetherEqualOneAlone) {
  const OnnxSession session = lookup();
  const auto ask = [&](int64_t seed) {
    std::vector<int64_t> tokens;
    for (int64_t i = 0; i < 12; ++i) tokens.push_back((seed * 7 + i * i) % 3);
    Values y(6);
    run(session, {integers(tokens, {3, 4}), floats(Values(6, 0.25F), {3, 2})}, {y});
    return y;
  };
  std::vector<Values> expected, found(40);
  for (int64_t seed = 0; seed < 40; ++seed) expected.push_back(ask(seed));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t seed = t; seed < found.size(); seed += 4) {
        found[seed] = ask(static_cast<int64_t>(seed));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, expected);
}

class SessionFiles : public testing::Test {
 protected:
  // The error of opening a file with these bytes.
  std::string error_of_bytes(std::string_view bytes) const {
    write_file(path_, bytes);
    return error_of([&] { OnnxSession session(path_); });
  }

  const TempDir folder_;
  const std::string path_ = folder_ / "model.onnx";
};

TEST_F(SessionFiles, OpensAFile) {
  write_file(path_, product_graph());
  const OnnxSession session(path_, {.threads = 2});
  Values y(3);
  run(session, {floats({1, 0}, {1, 2})}, {y});
  EXPECT_EQ(y, (Values{1.5, 2.5, 3.5}));
}

TEST_F(SessionFiles, NamesAFileThatIsNotThere) {
  EXPECT_EQ(error_of([&] { OnnxSession session(path_); }),
            "cannot open '" + path_ + "': there is no such file");
}

TEST_F(SessionFiles, NamesATruncatedOrDamagedFile) {
  const std::string whole = product_graph();
  const std::string expected = "'" + path_ + "' cannot be run as an ONNX file: ";
  EXPECT_EQ(error_of_bytes(whole.substr(0, whole.size() / 2)).rfind(expected, 0), 0U);
  EXPECT_EQ(error_of_bytes(whole.substr(0, whole.size() - 1)).rfind(expected, 0), 0U);
  EXPECT_EQ(error_of_bytes("user_id,item_id\n1,2\n").rfind(expected, 0), 0U);
  EXPECT_EQ(error_of_bytes("").rfind(expected, 0), 0U);
}

TEST(OnnxRuntime, SaysItsVersion) { EXPECT_EQ(onnxruntime_version().rfind("1.", 0), 0U); }

}  // namespace
}  // namespace kaskad
