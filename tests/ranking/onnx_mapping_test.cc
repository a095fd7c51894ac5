// The TOML that says what the inputs of a user's graph mean.
#include "kaskad/ranking/onnx_mapping.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/fuzz/mapping_target.h"

namespace kaskad {
namespace {

std::string fault_of(const std::string& text) {
  try {
    parse_onnx_mapping(text, "dir/map.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OnnxMapping, SaysWhatEachInputIsFilledFrom) {
  const OnnxMapping mapping = parse_onnx_mapping(R"(
graph = "model.onnx"
style = "lists"
counters = "../counts"
[history]
length = 20
pad = "left"
[query]
tokens = "words.txt"
length = 5
[inputs.price]
source = "candidate.feature"
feature = "price"
missing = -1
dtype = "float16"
[inputs."a b"]
source = "features"
columns = ["rank", "score"]
[[heads]]
name = "click"
output = "scores"
column = 2
sigmoid = true
weight = 0.5
)",
                                                 "dir/map.toml");
  EXPECT_EQ(mapping.graph, "dir/model.onnx");
  EXPECT_EQ(mapping.counters, "counts");
  EXPECT_EQ(mapping.tokens, "dir/words.txt");
  EXPECT_EQ(mapping.style, OnnxMapping::Style::kLists);
  EXPECT_EQ(mapping.padding, OnnxMapping::Padding::kLeft);
  EXPECT_EQ(mapping.history, 20U);
  EXPECT_EQ(mapping.query_length, 5U);
  ASSERT_EQ(mapping.inputs.size(), 2U);
  const OnnxInput& price = mapping.inputs[mapping.inputs[0].name == "price" ? 0 : 1];
  EXPECT_EQ(price.feature, "price");
  EXPECT_EQ(price.missing, -1);
  EXPECT_EQ(price.type, ElementType::kFloat16);
  EXPECT_EQ(price.place, "dir/map.toml, line 12, key 'inputs.price.source'");
  EXPECT_TRUE(mapping.reads("features"));
  EXPECT_FALSE(mapping.reads("counters"));
  ASSERT_EQ(mapping.heads.size(), 1U);
  EXPECT_EQ(mapping.heads[0].column, 2U);
  EXPECT_TRUE(mapping.heads[0].sigmoid);
  EXPECT_EQ(mapping.heads[0].weight, 0.5);
}

TEST(OnnxMapping, ErrorsNameFileLineAndKey) {
  const std::string graph = "graph = \"m.onnx\"\n";
  EXPECT_EQ(fault_of(graph), "no error");
  EXPECT_NE(fault_of("").find("key 'graph': found nothing"), std::string::npos);
  EXPECT_NE(fault_of(graph + "stile = 1").find("did you mean 'style'?"), std::string::npos);
  EXPECT_NE(fault_of(graph + "style = \"row\"").find("line 2, key 'style': found 'row'"),
            std::string::npos);
  EXPECT_NE(fault_of(graph + "history = { pad = \"up\" }").find("key 'history.pad'"),
            std::string::npos);
  EXPECT_NE(fault_of(graph + "history = { length = 0 }").find("a whole number of 1 to"),
            std::string::npos);
  EXPECT_NE(fault_of(graph + "inputs.x = 3").find("key 'inputs.x': found 3, expected a table"),
            std::string::npos);
  EXPECT_NE(fault_of(graph + "inputs.x = {}").find("key 'inputs.x.source': found nothing"),
            std::string::npos);
  EXPECT_NE(fault_of(graph + "inputs.x = { source = \"a\", dtype = \"bfloat\" }")
                .find("found 'bfloat', expected one of: float"),
            std::string::npos);
  EXPECT_NE(
      fault_of(graph + "heads = [{ name = \"a\" }, { name = \"a\" }]").find("a second head 'a'"),
      std::string::npos);
  EXPECT_NE(fault_of("graph = ").find("dir/map.toml, line 1"), std::string::npos);
}

TEST(OnnxMapping, NastyTextIsAMappingOrAnError) {
  for (const char* text : {"", "\xff\xfe", "graph = 1", "inputs = 3", "[inputs]\n\"\" = {}",
                           "graph = \"\"", "heads = [1]", "[[heads]]\n[[heads]]",
                           "graph = \"a\"\n[inputs.x]\nsource = \"b\"\ncolumns = [1]"}) {
    fuzz::mapping(text);
  }
}

}  // namespace
}  // namespace kaskad
