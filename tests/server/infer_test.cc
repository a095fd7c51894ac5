// The Open Inference Protocol: a server of ONNX files, asked as Triton's clients ask.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/server/server.h"
#include "kaskad/server/service.h"
#include "tests/fuzz/infer_target.h"
#include "tests/server/test_client.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

using nlohmann::json;

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

class InferTest : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& header_length = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.inference_header = header_length;
    return service_.handle(request);
  }
  json answer(const std::string& path, const std::string& body, int status = 200) {
    const HttpResponse response = ask("POST", path, body);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  std::string error_of(const std::string& body) {
    return answer("/v2/models/sum/infer", body, 400)["error"];
  }
  void serve(const TestGraph& graph) { service_.replace({.onnx = graph.files()}); }

  const TestGraph graph_;
  Service service_{{.onnx = graph_.files()}, {}};
};

TEST_F(InferTest, TellsWhatItServes) {
  const json server = json::parse(ask("GET", "/v2").body);
  EXPECT_EQ(server["name"], "kaskad");
  EXPECT_EQ(server["extensions"],
            json::array({"binary_tensor_data", "model_configuration", "statistics"}));
  const json model = json::parse(ask("GET", "/v2/models/sum").body);
  EXPECT_EQ(model["inputs"], json::parse(R"([
    {"name": "a", "datatype": "FP32", "shape": [-1, 2]},
    {"name": "shift", "datatype": "INT64", "shape": [2]}])"));
  EXPECT_EQ(model["outputs"][0],
            json::parse(R"({"name": "total", "datatype": "FP32", "shape": [-1]})"));
  const std::string version = model["versions"][0];
  EXPECT_EQ(json::parse(ask("GET", "/v2/models/sum/versions/" + version).body), model);
  EXPECT_EQ(ask("GET", "/v2/models/sum/ready").body, R"({"name":"sum","ready":true})");
  EXPECT_EQ(ask("GET", "/v2/models/sum/versions/" + version + "/ready").status, 200);
  EXPECT_EQ(json::parse(ask("GET", "/v2/models/sun/ready").body)["error"],
            "found the model 'sun', expected one of: sum; did you mean 'sum'?");
  EXPECT_EQ(ask("GET", "/v2/models/sum/versions/1").status, 404);
}

TEST_F(InferTest, JsonTensorsInAndOut) {
  const json found = answer("/v2/models/sum/infer", TestGraph::request(R"(, "id": "a\"1")"));
  EXPECT_EQ(found["model_name"], "sum");
  EXPECT_EQ(found["id"], "a\"1");
  EXPECT_EQ(found["outputs"], json::parse(R"([
    {"name": "total", "datatype": "FP32", "shape": [2], "data": [33.5, 31]},
    {"name": "rows", "datatype": "FP32", "shape": [2, 2], "data": [1, 2.5, -3, 4]}])"));
  const json one =
      answer("/v2/models/sum/infer", TestGraph::request(R"(, "outputs": [{"name": "rows"}])"));
  EXPECT_EQ(one["outputs"].size(), 1U);
  EXPECT_EQ(one["outputs"][0]["name"], "rows");
  EXPECT_FALSE(one.contains("id"));
}

TEST_F(InferTest, TensorsAsBytesInAndOut) {
  // An odd length of JSON in front: the values are not aligned.
  for (const std::string pad : {"", " ", "  "}) {
    const std::string header = R"({"inputs": [
      {"name": "shift", "shape": [2], "datatype": "INT64", "parameters": {"binary_data_size": 16}},
      {"name": "a", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}],
      "outputs": [{"name": "total", "parameters": {"binary_data": true}}, {"name": "rows"}]})" +
                               pad;
    const std::string body = header + bytes_of<int64_t>({10, 20});
    const HttpResponse response =
        ask("POST", "/v2/models/sum/infer", body, std::to_string(header.size()));
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, "application/octet-stream");
    ASSERT_EQ(response.headers[0].first, "Inference-Header-Content-Length");
    const size_t length = std::stoul(response.headers[0].second);
    const json found = json::parse(response.body.substr(0, length));
    EXPECT_EQ(found["outputs"][0]["parameters"]["binary_data_size"], 4);
    EXPECT_EQ(found["outputs"][1]["data"], json::array({1, 2}));
    EXPECT_EQ(response.body.substr(length), bytes_of<float>({33}));
  }
  const HttpResponse all =
      ask("POST", "/v2/models/sum/infer",
          TestGraph::request(R"(, "parameters": {"binary_data_output": true})"));
  EXPECT_TRUE(all.body.ends_with(bytes_of<float>({1, 2.5, -3, 4})));
}

TEST_F(InferTest, EveryTypeKeepsItsValues) {
  const std::pair<ElementType, std::pair<const char*, const char*>> cases[] = {
      {ElementType::kFloat, {"FP32", "[0.1,-1e+30,3]"}},
      {ElementType::kDouble, {"FP64", "[0.1,-1e+300,3]"}},
      {ElementType::kFloat16, {"FP16", "[0.5,-65504,3]"}},
      {ElementType::kInt8, {"INT8", "[-128,127,0]"}},
      {ElementType::kInt16, {"INT16", "[-32768,32767,0]"}},
      {ElementType::kInt32, {"INT32", "[-2147483648,2147483647,0]"}},
      {ElementType::kInt64, {"INT64", "[-9223372036854775808,9223372036854775807,0]"}},
      {ElementType::kUInt8, {"UINT8", "[0,255,1]"}},
      {ElementType::kBool, {"BOOL", "[true,false,true]"}}};
  for (const auto& [type, text] : cases) {
    serve(TestGraph("same", identity_graph(type)));
    const std::string body =
        std::string(R"({"inputs": [{"name": "X", "shape": [3], "datatype": ")") + text.first +
        R"(", "data": )" + text.second + "}]}";
    const HttpResponse response = ask("POST", "/v2/models/same/infer", body);
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string data = std::string("\"data\":") + text.second;
    EXPECT_NE(response.body.find(data), std::string::npos) << response.body << " lacks " << data;
  }
}

TEST_F(InferTest, WhatIsNoNumberIsNullInJson) {
  serve(TestGraph("same", identity_graph(ElementType::kFloat)));
  const std::string header = R"({"inputs": [{"name": "X", "shape": [2], "datatype": "FP32",
    "parameters": {"binary_data_size": 8}}]})";
  const float infinite = std::numeric_limits<float>::infinity();
  const HttpResponse response =
      ask("POST", "/v2/models/same/infer", header + bytes_of<float>({infinite, 1}),
          std::to_string(header.size()));
  EXPECT_NE(response.body.find("\"data\":[null,1]"), std::string::npos) << response.body;
}

TEST_F(InferTest, LargeArraysComeBackAsTheyWere) {
  serve(TestGraph("same", identity_graph(ElementType::kFloat)));
  std::vector<float> values(200'000);
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 1.0F / static_cast<float>(i + 3);
    text += (i > 0 ? ", " : "") + std::to_string(i) + "e-3";
    values[i] = std::stof(std::to_string(i) + "e-3");
  }
  const json found = answer("/v2/models/same/infer",
                            R"({"inputs": [{"name": "X", "shape": [200000], "datatype": "FP32",
    "data": )" + text + "]}]}");
  EXPECT_EQ(found["outputs"][0]["data"].get<std::vector<float>>(), values);
}

TEST_F(InferTest, AFaultNamesTheTensorWhatWasFoundAndWhatWasExpected) {
  const auto body = [](const std::string& tensor) {
    return R"({"inputs": [{"name": "shift", "shape": [2], "datatype": "INT64", "data": [1, 2]}, )" +
           tensor + "]}";
  };
  const auto a = [&](const std::string& fields) {
    return body(R"({"name": "a", )" + fields + "}");
  };
  EXPECT_EQ(error_of(R"({"inputs": []})"), "input 'a': found nothing, expected FP32 (?, 2)");
  EXPECT_EQ(error_of(a(R"("shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3])")),
            "input 'a': found FP32 (1, 3), expected FP32 (?, 2)");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP64", "data": [1, 2])")),
            "input 'a': found FP64 (1, 2), expected FP32 (?, 2)");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32", "data": [1])")),
            "input 'a': found 1 values, expected 2 for FP32 (1, 2)");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32", "data": [1, "x"])")),
            "input 'a': value 1: found \"x\", expected FP32");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "INT8", "data": [1, 300])")),
            "input 'a': value 1: found 300, expected INT8");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32", "data": [1, nan])")),
            "input 'a': value 1: found nan, expected FP32");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32", "data": [1,, 2])")),
            "input 'a': value 1: found ,, expected FP32");
  EXPECT_EQ(error_of(a(R"("shape": [1, -2], "datatype": "FP32", "data": [])")),
            "input 'a': found the length -2, expected a whole number from 0");
  EXPECT_NE(error_of(a(R"("shape": [1], "datatype": "BYTES", "data": ["a"])"))
                .find("input 'a': found the datatype \"BYTES\", expected one of: BOOL, FP16"),
            std::string::npos);
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32")")),
            "input 'a': found neither 'data' and 'binary_data_size', expected one of them");
  EXPECT_EQ(error_of(a(R"("shape": [1, 2], "datatype": "FP32", "data": 0)")),
            "input 'a': found 'data' that is no list, expected the tensor's values");
  EXPECT_EQ(error_of(a(R"("datatype": "FP32", "data": [1, 2])")),
            "input 'a': found no 'shape', expected one");
  EXPECT_EQ(error_of(TestGraph::request(R"(, "outputs": [{"name": "totals"}])")),
            "found output 'totals', expected one of: total, rows; did you mean 'total'?");
  EXPECT_EQ(error_of(body(R"({"name": "shift", "shape": [], "datatype": "FP32", "data": [1]})")),
            "'inputs': found 'shift' twice");
  EXPECT_EQ(error_of(R"({"id": "1"})"), "found no 'inputs', expected a list of tensors");
  EXPECT_NE(error_of("{").find("the body is no JSON"), std::string::npos);
  const std::string more = TestGraph::request();
  EXPECT_EQ(error_of(more.substr(0, more.size() - 2) +
                     R"(, {"name": "bias", "shape": [], "datatype": "FP32", "data": [1]}]})"),
            "found input 'bias', expected one of: a, shift");
}

TEST_F(InferTest, SizesOfBytesAreHeldToTheBody) {
  const auto with = [&](const std::string& size, const std::string& bytes) {
    const std::string header =
        R"({"inputs": [{"name": "a", "shape": [1, 2], "datatype": "FP32",
        "parameters": {"binary_data_size": )" +
        size + "}}]}";
    const HttpResponse response =
        ask("POST", "/v2/models/sum/infer", header + bytes, std::to_string(header.size()));
    EXPECT_EQ(response.status, 400);
    return json::parse(response.body)["error"].get<std::string>();
  };
  EXPECT_EQ(with("8", "1234"),
            "input 'a': found a binary_data_size of 8 with 4 bytes left in the body, expected 8, 2 "
            "for FP32 (1, 2) values");
  EXPECT_NE(with("12", "123456789012").find("found a binary_data_size of 12"), std::string::npos);
  EXPECT_EQ(with("8", "123456789"), "found 1 bytes behind the tensors, expected none");
  for (const std::string length : {"x", "-1", "100000", "99999999999999999999"}) {
    const HttpResponse response = ask("POST", "/v2/models/sum/infer", "{}", length);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("Inference-Header-Content-Length"), std::string::npos);
  }
}

TEST_F(InferTest, ValuesThatTheGraphRefusesAreTheClientsAndThePathIsOurs) {
  const TestGraph table("table", table_graph());
  serve(table);
  const auto token = [](const std::string& value) {
    return R"({"inputs": [{"name": "token", "shape": [1], "datatype": "INT64", "data": [)" + value +
           "]}]}";
  };
  EXPECT_EQ(answer("/v2/models/table/infer", token("2"))["outputs"][0]["data"], json::array({3}));
  const std::string error = answer("/v2/models/table/infer", token("9"), 400)["error"];
  EXPECT_TRUE(error.starts_with("model 'table': cannot answer")) << error;
  EXPECT_EQ(error.find(table.files()[0].path), std::string::npos) << error;
}

TEST_F(InferTest, MetricsTellTheModel) {
  answer("/v2/models/sum/infer", TestGraph::request());
  const std::string text = ask("GET", "/metrics").body;
  EXPECT_NE(text.find(R"(kaskad_infer_seconds_count{model="sum",status="200"} 1)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(path="/v2/models/{name}/infer",status="200"} 1)"), std::string::npos);
}

TEST_F(InferTest, AConfigurationSaysWhatTritonsClientsLookFor) {
  EXPECT_EQ(json::parse(ask("GET", "/v2/models/sum/config").body), json::parse(R"({
    "name": "sum", "platform": "onnxruntime_onnx", "backend": "onnxruntime", "max_batch_size": 0,
    "input": [{"name": "a", "data_type": "TYPE_FP32", "dims": [-1, 2]},
              {"name": "shift", "data_type": "TYPE_INT64", "dims": [2]}],
    "output": [{"name": "total", "data_type": "TYPE_FP32", "dims": [-1]},
               {"name": "rows", "data_type": "TYPE_FP32", "dims": [-1, 2]}],
    "model_transaction_policy": {"decoupled": false}})"));
  EXPECT_EQ(ask("GET", "/v2/models/sun/config").status, 404);
}

TEST_F(InferTest, TheIndexNamesAllModels) {
  const json index = json::parse(ask("POST", "/v2/repository/index", R"({"ready": true})").body);
  ASSERT_EQ(index.size(), 1U);
  EXPECT_EQ(index[0]["name"], "sum");
  EXPECT_EQ(index[0]["state"], "READY");
  EXPECT_EQ(index[0]["version"], json::parse(ask("GET", "/v2/models/sum").body)["versions"][0]);
}

TEST_F(InferTest, StatisticsCountWhatWasAnsweredAndWhatWasNot) {
  const auto figures = [&] {
    return json::parse(ask("GET", "/v2/models/sum/stats").body)["model_stats"][0];
  };
  const json none = figures();
  EXPECT_EQ(none["last_inference"], 0);
  EXPECT_EQ(none["inference_stats"]["success"], json::parse(R"({"count": 0, "ns": 0})"));
  EXPECT_TRUE(none["batch_stats"].empty());
  for (int i = 0; i < 3; ++i) answer("/v2/models/sum/infer", TestGraph::request());
  error_of("{");                                               // cannot be read
  error_of(R"({"inputs": []})");                               // does not fit the model
  EXPECT_EQ(ask("POST", "/v2/models/sun/infer").status, 404);  // of no model
  const json found = figures();
  EXPECT_GT(found["last_inference"], 1'700'000'000'000) << "milliseconds since 1970";
  EXPECT_EQ(found["inference_count"], 3);
  EXPECT_EQ(found["execution_count"], 3);
  const json& times = found["inference_stats"];
  EXPECT_EQ(times["success"]["count"], 3);
  EXPECT_EQ(times["fail"]["count"], 2);
  EXPECT_GT(times["fail"]["ns"], 0);
  uint64_t parts = 0;
  for (const char* part : {"queue", "compute_input", "compute_infer", "compute_output"}) {
    EXPECT_EQ(times[part]["count"], 3) << part;
    EXPECT_GT(times[part]["ns"], 0) << part;
    parts += times[part]["ns"].get<uint64_t>();
  }
  EXPECT_EQ(times["success"]["ns"], parts);
  EXPECT_EQ(found["batch_stats"][0]["batch_size"], 1);
  EXPECT_EQ(found["batch_stats"][0]["compute_infer"], times["compute_infer"]);
  EXPECT_EQ(json::parse(ask("GET", "/v2/models/stats").body)["model_stats"][0], found);
  EXPECT_EQ(json::parse(ask("GET", "/v2/models/sum/stats").body)["model_stats"].size(), 1U);
  const std::string metrics = ask("GET", "/metrics").body;
  for (const char* line : {R"(kaskad_infer_seconds_count{model="sum",status="200"} 3)",
                           R"(kaskad_infer_seconds_count{model="sum",status="400"} 2)"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  }
}

TEST_F(InferTest, AModelThatWasExchangedCountsAnew) {
  answer("/v2/models/sum/infer", TestGraph::request());
  serve(graph_);
  const json found = json::parse(ask("GET", "/v2/models/stats").body)["model_stats"][0];
  EXPECT_EQ(found["inference_count"], 0);
}

TEST_F(InferTest, TwoModelsOfOneNameAndFilesThatAreNoneAreRefused) {
  std::vector<OnnxFile> twice = graph_.files();
  twice.push_back(twice[0]);
  EXPECT_THROW(service_.replace({.onnx = twice}), Error);
  EXPECT_THROW(service_.replace({.onnx = {{"x", "nowhere.onnx"}}}), Error);
  EXPECT_EQ(ask("GET", "/v2/models/sum").status, 200);  // the older ones go on
}

TEST_F(InferTest, AServerOfOnnxFilesAloneAnswersOnASocket) {
  ServerOptions options;
  options.http.port = 0;
  options.http.threads = 1;
  Server server({.onnx = graph_.files()}, options);
  server.start();
  TestClient client(server.port());
  EXPECT_EQ(client.post("/v2/models/sum/infer", TestGraph::request()).status, 200);
  EXPECT_EQ(client.post("/v1/recommend", "{}").status, 404);
  const std::string header = R"({"inputs": [
    {"name": "a", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": 8}},
    {"name": "shift", "shape": [2], "datatype": "INT64", "data": [0, 0]}]})";
  const std::string body = header + bytes_of<float>({1, 2});
  client.send("POST /v2/models/sum/infer HTTP/1.1\r\nHost: test\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\nInference-Header-Content-Length: " +
              std::to_string(header.size()) + "\r\n\r\n" + body);
  const Answer found = client.read();
  EXPECT_EQ(found.status, 200) << found.body;
  EXPECT_EQ(json::parse(found.body)["outputs"][0]["data"], json::array({3}));
}

TEST(InferRequest, NastyBodiesAreTensorsOrAFault) {
  for (const char* body :
       {"", "[", "{", "{}", R"({"inputs":[{"data":[}]})", R"({"inputs":[{"data":[1,[2]]]}]})",
        R"({"inputs":[{"data":0},{"data":[1]}]})", R"({"inputs":[{"data":[1],"data":[2]}]})",
        R"({"inputs":[{"name":"x","shape":[9223372036854775807,9],"datatype":"FP64","data":[]}]})",
        R"({"inputs":[{"name":"x","shape":[0,9223372036854775807],"datatype":"FP64","data":[]}]})",
        R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP16","data":[1e9]}]})",
        R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":["a\"]}]})",
        R"({"inputs":[{"name":"x","shape":[],"datatype":"FP32","data":[[[[1]]]]}]})"}) {
    fuzz::infer(std::string("\xff") + body);
    fuzz::infer(std::string("\x80") + body);
  }
}

// Graphs of a bundle are there under the bundle's part in the server.
TEST(InferModels, GraphsOfABundleAreNamedByTheirFiles) {
  const TempDir bundle;
  std::filesystem::create_directories(bundle / "nested-0");
  bundle.write("candidates.onnx", sum_graph());
  bundle.write("nested-0/user.onnx", table_graph());
  bundle.write("broken.onnx", "no graph");
  bundle.write("weights.npy", "");
  InferModels models;
  models.add_bundle("rank", bundle.path(), "v1");
  EXPECT_EQ(models.names(),
            (std::vector<std::string>{"rank.broken", "rank.candidates", "rank.nested-0.user"}));
  EXPECT_EQ(models.find("rank.candidates")->version(), "v1");
  EXPECT_EQ(models.find("rank.nested-0.user")->session().inputs()[0].name, "token");
  EXPECT_THROW(models.find("rank.broken")->session(), Error);
  EXPECT_EQ(models.find("rank"), nullptr);
  models.add_bundle("gone", bundle / "nothing", "v1");
  EXPECT_EQ(models.names().size(), 3U);
}

}  // namespace
}  // namespace kaskad
