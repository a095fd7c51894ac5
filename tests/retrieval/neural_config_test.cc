#include "kaskad/retrieval/neural_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

NeuralConfig parse(const std::string& text) {
  return nlohmann::json::parse(text).get<NeuralConfig>();
}

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(NeuralConfig, ReadsWhatItWrites) {
  NeuralConfig config;
  config.architecture = "gru4rec";
  config.dimension = 32;
  config.inputs = {.tokens = "ids",
                   .gaps = "gaps",
                   .max_history = 50,
                   .begin_token = true,
                   .fixed_length = true,
                   .drop_unlearned = true};
  config.output = "vector";
  config.index = IndexKind::kHnsw;
  config.recall = 0.9;
  const nlohmann::json written = config;
  EXPECT_EQ(nlohmann::json(written.get<NeuralConfig>()), written);
  EXPECT_EQ(written["inputs"]["tokens"], "ids");
  EXPECT_EQ(written["index"], "hnsw");
}

TEST(NeuralConfig, MissingFieldsKeepTheirDefault) {
  const NeuralConfig config = parse(R"({"dimension": 16, "inputs": {"max_history": 7}})");
  EXPECT_EQ(config.dimension, 16U);
  EXPECT_EQ(config.inputs.max_history, 7U);
  EXPECT_EQ(config.inputs.tokens, "history");
  EXPECT_EQ(config.output, "user");
  EXPECT_EQ(config.index, IndexKind::kExact);
}

TEST(NeuralConfig, TheRecordOfTrainingMayHoldAnything) {
  EXPECT_EQ(parse(R"({"dimension": 8, "recipe": {"loss": "softmax"}})").dimension, 8U);
}

TEST(NeuralConfig, NamesTheKeyAtFault) {
  EXPECT_EQ(error_of(R"({"dimension": "64"})"),
            "the model's config, 'dimension': found \"64\", expected a whole number from 1 to "
            "1000000");
  EXPECT_EQ(error_of(R"({"dimension": 0})"),
            "the model's config, 'dimension': found 0, expected a whole number from 1 to 1000000");
  EXPECT_EQ(error_of(R"({"recall": 1.5})"),
            "the model's config, 'recall': found 1.5, expected a number above 0, at most 1");
  EXPECT_EQ(error_of(R"({"inputs": {"fixed_length": 1}})"),
            "the model's config, 'inputs.fixed_length': found 1, expected true or false");
  EXPECT_EQ(error_of(R"({"inputs": []})"),
            "the model's config, 'inputs.': found [], expected an object");
  EXPECT_EQ(error_of(R"({"inputs": {"tokens": ""}})"),
            "the model's config, 'inputs.tokens': found no name, expected that of an input");
  EXPECT_EQ(error_of(R"({"dimensions": 64})"),
            "the model's config, 'dimensions': found an unknown key, expected one of architecture, "
            "dimension, index, inputs, output, recall, recipe, user");
}

}  // namespace
}  // namespace kaskad
