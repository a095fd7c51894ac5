// The Open Inference Protocol over gRPC: what Triton's clients send, and bytes that nobody should.
#include <cstring>

#include "tests/fuzz/grpc_tensor_target.h"
#include "tests/grpc/grpc_test_server.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

class InferenceTest : public GrpcTest {
 protected:
  void SetUp() override { serve({.onnx = graph_.files()}); }

  // a (2, 2), shift (2), as contents; see TestGraph::request().
  static inference::ModelInferRequest request() {
    inference::ModelInferRequest request;
    request.set_model_name("sum");
    auto* a = add_input(request, "a", "FP32", {2, 2});
    for (const float value : {1.0F, 2.5F, -3.0F, 4.0F}) {
      a->mutable_contents()->add_fp32_contents(value);
    }
    auto* shift = add_input(request, "shift", "INT64", {2});
    for (const int64_t value : {10, 20}) shift->mutable_contents()->add_int64_contents(value);
    return request;
  }
  static inference::ModelInferRequest::InferInputTensor* add_input(
      inference::ModelInferRequest& request, const std::string& name, const std::string& type,
      const std::vector<int64_t>& shape) {
    auto* input = request.add_inputs();
    input->set_name(name);
    input->set_datatype(type);
    input->mutable_shape()->Add(shape.begin(), shape.end());
    return input;
  }
  inference::ModelInferResponse infer(const inference::ModelInferRequest& request) {
    return call(&InferenceStub::ModelInfer, *inference_, request);
  }
  std::string error_of(const inference::ModelInferRequest& request,
                       grpc::StatusCode code = grpc::StatusCode::INVALID_ARGUMENT) {
    inference::ModelInferResponse response;
    const auto status = attempt(&InferenceStub::ModelInfer, *inference_, request, response);
    EXPECT_EQ(status.error_code(), code);
    return status.error_message();
  }

  const TestGraph graph_;
};

TEST_F(InferenceTest, TellsWhatItServes) {
  EXPECT_TRUE(call(&InferenceStub::ServerLive, *inference_, inference::ServerLiveRequest()).live());
  EXPECT_TRUE(
      call(&InferenceStub::ServerReady, *inference_, inference::ServerReadyRequest()).ready());
  TestClient http(server_->port());
  expect_equal(
      call(&InferenceStub::ServerMetadata, *inference_, inference::ServerMetadataRequest()),
      from_json<inference::ServerMetadataResponse>(http.get("/v2").body));
  inference::ModelMetadataRequest model;
  model.set_name("sum");
  const auto metadata = call(&InferenceStub::ModelMetadata, *inference_, model);
  EXPECT_EQ(metadata.inputs(0).name(), "a");
  EXPECT_EQ(metadata.inputs(0).shape(0), -1);
  expect_equal(metadata,
               from_json<inference::ModelMetadataResponse>(http.get("/v2/models/sum").body));
  inference::ModelReadyRequest ready;
  ready.set_name("sum");
  ready.set_version(metadata.versions(0));
  EXPECT_TRUE(call(&InferenceStub::ModelReady, *inference_, ready).ready());
  ready.set_version("1");
  EXPECT_FALSE(call(&InferenceStub::ModelReady, *inference_, ready).ready());
  inference::ModelInferRequest unknown = request();
  unknown.set_model_name("sun");
  EXPECT_EQ(error_of(unknown, grpc::StatusCode::NOT_FOUND),
            "found the model 'sun', expected one of: sum; did you mean 'sum'?");
}

TEST_F(InferenceTest, ValuesInAndBytesOut) {
  auto asked = request();
  asked.set_id("7");
  const auto answer = infer(asked);
  EXPECT_EQ(answer.model_name(), "sum");
  EXPECT_EQ(answer.id(), "7");
  ASSERT_EQ(answer.outputs_size(), 2);
  EXPECT_EQ(answer.outputs(0).name(), "total");
  EXPECT_EQ(answer.outputs(0).datatype(), "FP32");
  EXPECT_EQ(answer.outputs(1).shape_size(), 2);
  EXPECT_EQ(answer.raw_output_contents(0), bytes_of<float>({33.5, 31})) << "1 + 10 + 2.5 + 20";
  EXPECT_EQ(answer.raw_output_contents(1), bytes_of<float>({1, 2.5, -3, 4}));
  asked.add_outputs()->set_name("rows");
  const auto one = infer(asked);
  ASSERT_EQ(one.outputs_size(), 1);
  EXPECT_EQ(one.outputs(0).name(), "rows");
  EXPECT_NE(metrics().find(R"(kaskad_infer_seconds_count{model="sum",status="200"} 2)"),
            std::string::npos);
}

TEST_F(InferenceTest, BytesIn) {
  auto asked = request();
  for (auto& input : *asked.mutable_inputs()) input.clear_contents();
  asked.add_raw_input_contents(bytes_of<float>({1, 2.5, -3, 4}));
  asked.add_raw_input_contents(bytes_of<int64_t>({10, 20}));
  EXPECT_EQ(infer(asked).raw_output_contents(0), bytes_of<float>({33.5, 31}));
  asked.mutable_raw_input_contents(1)->pop_back();
  EXPECT_EQ(error_of(asked), "input 'shift': found 15 bytes, expected 16 for INT64 (2)");
  asked.mutable_raw_input_contents()->RemoveLast();
  EXPECT_EQ(error_of(asked), "found 1 raw_input_contents, expected 2, one an input");
}

TEST_F(InferenceTest, EveryTypeKeepsItsValues) {
  using Contents = inference::InferTensorContents;
  struct Case {
    ElementType type;
    const char* name;
    void (*fill)(Contents&);
    std::string bytes;
  };
  const Case cases[] = {
      {ElementType::kFloat, "FP32", [](Contents& c) { c.add_fp32_contents(-1.5); },
       bytes_of<float>({-1.5})},
      {ElementType::kDouble, "FP64", [](Contents& c) { c.add_fp64_contents(1e300); },
       bytes_of<double>({1e300})},
      {ElementType::kInt8, "INT8", [](Contents& c) { c.add_int_contents(-128); },
       bytes_of<int8_t>({-128})},
      {ElementType::kInt16, "INT16", [](Contents& c) { c.add_int_contents(-32768); },
       bytes_of<int16_t>({-32768})},
      {ElementType::kInt32, "INT32", [](Contents& c) { c.add_int_contents(-7); },
       bytes_of<int32_t>({-7})},
      {ElementType::kInt64, "INT64", [](Contents& c) { c.add_int64_contents(1LL << 40); },
       bytes_of<int64_t>({1LL << 40})},
      {ElementType::kUInt8, "UINT8", [](Contents& c) { c.add_uint_contents(255); },
       bytes_of<uint8_t>({255})},
      {ElementType::kBool, "BOOL", [](Contents& c) { c.add_bool_contents(true); },
       std::string("\1")}};
  for (const Case& one : cases) {
    const TestGraph same("same", identity_graph(one.type));
    server_->replace({.onnx = same.files()});
    inference::ModelInferRequest asked;
    asked.set_model_name("same");
    one.fill(*add_input(asked, "X", one.name, {1})->mutable_contents());
    EXPECT_EQ(infer(asked).raw_output_contents(0), one.bytes) << one.name;
  }
}

TEST_F(InferenceTest, WhatDoesNotFitIsNamed) {
  auto asked = request();
  asked.mutable_inputs(0)->set_datatype("FP99");
  EXPECT_EQ(error_of(asked).substr(0, 58),
            "input 'a': found the datatype 'FP99', expected one of: BOO");
  asked = request();
  asked.mutable_inputs(0)->set_shape(0, 3);
  EXPECT_EQ(error_of(asked), "input 'a': found 4 values, expected 6 for FP32 (3, 2)");
  asked.mutable_inputs(0)->set_shape(0, -2);
  EXPECT_EQ(error_of(asked), "input 'a': found the length -2, expected a whole number from 0");
  asked.mutable_inputs(0)->set_shape(0, int64_t{1} << 62);
  EXPECT_NE(error_of(asked).find("expected a smaller one"), std::string::npos);
  asked = request();
  asked.mutable_inputs()->RemoveLast();
  EXPECT_EQ(error_of(asked), "input 'shift': found nothing, expected INT64 (2)");
  asked = request();
  asked.mutable_inputs(1)->set_name("a");
  EXPECT_EQ(error_of(asked), "input 'a': found it twice, expected it once");
  asked = request();
  asked.add_raw_input_contents("");
  asked.add_raw_input_contents("");
  EXPECT_EQ(error_of(asked),
            "input 'a': found both contents and raw_input_contents, expected one of them");
  asked = request();
  (*asked.mutable_inputs(0)->mutable_parameters())["shared_memory_region"].set_string_param("x");
  EXPECT_EQ(error_of(asked), "input 'a': found a region of shared memory, expected the values");
  asked = request();
  asked.add_outputs()->set_name("totals");
  EXPECT_NE(error_of(asked).find("did you mean 'total'?"), std::string::npos);
}

TEST_F(InferenceTest, ValuesOutsideOfTheirTypeAreRefused) {
  const TestGraph same("same", identity_graph(ElementType::kInt8));
  server_->replace({.onnx = same.files()});
  inference::ModelInferRequest asked;
  asked.set_model_name("same");
  auto* contents = add_input(asked, "X", "INT8", {2})->mutable_contents();
  contents->add_int_contents(1);
  contents->add_int_contents(300);
  EXPECT_EQ(error_of(asked), "input 'X': value 1: found 300, expected INT8");
  asked.mutable_inputs(0)->set_datatype("FP16");
  EXPECT_EQ(error_of(asked), "input 'X': found contents of FP16, expected raw_input_contents");
}

TEST_F(InferenceTest, ANewVersionAnswersNextBothWays) {
  inference::ModelMetadataRequest model;
  model.set_name("sum");
  const auto before = call(&InferenceStub::ModelMetadata, *inference_, model);
  const TestGraph other("sum", identity_graph(ElementType::kFloat));
  server_->replace({.onnx = other.files()});
  const auto after = call(&InferenceStub::ModelMetadata, *inference_, model);
  EXPECT_NE(after.versions(0), before.versions(0));
  expect_equal(after, from_json<inference::ModelMetadataResponse>(
                          TestClient(server_->port()).get("/v2/models/sum").body));
}

TEST_F(InferenceTest, ConfigurationAndIndexAreThoseOfHttp) {
  TestClient http(server_->port());
  inference::ModelConfigRequest model;
  model.set_name("sum");
  const auto config = call(&InferenceStub::ModelConfig, *inference_, model).config();
  EXPECT_EQ(config.input(0).data_type(), inference::TYPE_FP32);
  EXPECT_EQ(config.input(0).dims(0), -1);
  EXPECT_EQ(config.max_batch_size(), 0);
  expect_equal(config, from_json<inference::ModelConfig>(http.get("/v2/models/sum/config").body));
  const auto index =
      call(&InferenceStub::RepositoryIndex, *inference_, inference::RepositoryIndexRequest());
  ASSERT_EQ(index.models_size(), 1);
  EXPECT_EQ(index.models(0).name(), "sum");
  EXPECT_EQ(index.models(0).state(), "READY");
  expect_equal(index, from_json<inference::RepositoryIndexResponse>(
                          "{\"models\":" + http.post("/v2/repository/index", "").body + "}"));
}

TEST_F(InferenceTest, BothTransportsCountInOnePlace) {
  infer(request());
  EXPECT_EQ(post("/v2/models/sum/infer", TestGraph::request()).status, 200);
  auto wrong = request();
  wrong.mutable_inputs(0)->set_datatype("FP99");
  error_of(wrong);
  EXPECT_EQ(post("/v2/models/sum/infer", "{").status, 400);
  const auto all =
      call(&InferenceStub::ModelStatistics, *inference_, inference::ModelStatisticsRequest());
  ASSERT_EQ(all.model_stats_size(), 1);
  EXPECT_EQ(all.model_stats(0).inference_count(), 2U);
  EXPECT_EQ(all.model_stats(0).inference_stats().fail().count(), 2U);
  EXPECT_GT(all.model_stats(0).inference_stats().queue().ns(), 0U);
  inference::ModelStatisticsRequest model;
  model.set_name("sum");
  expect_equal(call(&InferenceStub::ModelStatistics, *inference_, model), all);
  expect_equal(all, from_json<inference::ModelStatisticsResponse>(
                        TestClient(server_->port()).get("/v2/models/sum/stats").body));
  model.set_name("sun");
  inference::ModelStatisticsResponse none;
  EXPECT_EQ(attempt(&InferenceStub::ModelStatistics, *inference_, model, none).error_code(),
            grpc::StatusCode::NOT_FOUND);
  const std::string text = metrics();
  for (const char* line : {R"(kaskad_infer_seconds_count{model="sum",status="200"} 2)",
                           R"(kaskad_infer_seconds_count{model="sum",status="400"} 2)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(TensorMessages, NastyBytesEndInTensorsOrInAFault) {
  inference::ModelInferRequest message;
  auto* input = message.add_inputs();
  input->set_name("a");
  input->set_datatype("INT16");
  input->add_shape(2);
  message.add_raw_input_contents("abcd");
  std::string bytes = message.SerializeAsString();
  fuzz::grpc_tensors(bytes);
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ flip);
      fuzz::grpc_tensors(broken);
      fuzz::grpc_tensors(broken.substr(0, i));
    }
  }
  const auto parsed = read(message);
  ASSERT_TRUE(std::holds_alternative<InferRequest>(parsed));
  EXPECT_EQ(std::get<InferRequest>(parsed).inputs[0].bytes.size(), 4U);
}

}  // namespace
}  // namespace kaskad
