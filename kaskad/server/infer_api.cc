#include "kaskad/server/infer_api.h"

#include <algorithm>
#include <chrono>
#include <variant>

#include "kaskad/server/infer.h"
#include "kaskad/server/infer_request.h"
#include "kaskad/server/infer_tensor.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

HttpResponse server_metadata() {
  HttpResponse response;
  JsonWriter json(response.body);
  write_server_metadata(json);
  return response;
}

HttpResponse model_metadata(const InferModel& model) {
  HttpResponse response;
  JsonWriter json(response.body);
  write_model_metadata(model, json);
  return response;
}

HttpResponse model_ready(const InferModel& model) {
  model.session();
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("name", model.name()).field("ready", true).end_object();
  return response;
}

void write_output(const InferredTensor& output, std::string& body, JsonWriter& json) {
  const OwnedTensor& tensor = output.tensor;
  json.begin_object().field("name", output.name);
  json.field("datatype", datatype_name(tensor.type)).key("shape").begin_array();
  for (const int64_t length : tensor.shape) json.value(length);
  json.end_array();
  if (output.binary) {
    json.key("parameters").begin_object();
    json.field("binary_data_size", tensor.bytes.size()).end_object();
  } else {
    json.key("data");
    write_tensor_json(tensor.type, tensor.bytes, body);
  }
  json.end_object();
}

// The tensors' bytes behind the JSON, whose length a header tells.
void append_bytes(const std::vector<InferredTensor>& outputs, HttpResponse& response) {
  std::string& body = response.body;
  response.content_type = "application/octet-stream";
  response.headers = {{"Inference-Header-Content-Length", std::to_string(body.size())}};
  size_t size = body.size();
  for (const auto& output : outputs) size += output.binary ? output.tensor.bytes.size() : 0;
  body.reserve(size);
  for (const auto& [name, tensor, binary] : outputs) {
    if (!binary) continue;
    body.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
}

HttpResponse write(const InferModel& model, const InferRequest& request,
                   const std::vector<InferredTensor>& outputs) {
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("model_name", model.name());
  json.field("model_version", model.version());
  if (request.id) json.field("id", *request.id);
  json.key("outputs").begin_array();
  for (const InferredTensor& output : outputs) write_output(output, response.body, json);
  json.end_array().end_object();
  if (std::ranges::find(outputs, true, &InferredTensor::binary) != outputs.end()) {
    append_bytes(outputs, response);
  }
  return response;
}

HttpResponse answer_infer(const InferModel& model, const RouteCall& call, Metrics& metrics) {
  const auto began = std::chrono::steady_clock::now();
  const auto parsed = parse_infer_request(call.request.body, call.request.inference_header);
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return error_response(400, bad->why);
  const auto& request = std::get<InferRequest>(parsed);
  const auto inferred = infer(model, request);
  const auto* refusal = std::get_if<Refusal>(&inferred);
  HttpResponse response =
      refusal ? refused(*refusal)
              : write(model, request, std::get<std::vector<InferredTensor>>(inferred));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  metrics.inference(model.name(), response.status, taken.count());
  return response;
}

}  // namespace

void add_inference(std::vector<Route>& routes,
                   const std::function<std::shared_ptr<const Served>()>& served, Metrics& metrics) {
  routes.push_back({"GET", "/v2", [](const RouteCall&) { return server_metadata(); }});
  const auto add = [&](const char* method, const std::string& end, auto answer) {
    for (const char* versions : {"", "/versions/{version}"}) {
      routes.push_back({.method = method,
                        .pattern = std::string("/v2/models/{name}") + versions + end,
                        .answer =
                            [served, answer](const RouteCall& call) {
                              const auto now = served();
                              std::optional<std::string_view> version;
                              if (call.params.size() > 1) version = call.params[1];
                              const auto model = find_model(*now, call.params[0], version);
                              if (auto* missing = std::get_if<Refusal>(&model)) {
                                return refused(*missing);
                              }
                              return answer(*std::get<const InferModel*>(model), call);
                            },
                        .lane = Lane::kCompute});  // a graph may have to be opened
    }
  };
  add("GET", "", [](const InferModel& model, const RouteCall&) { return model_metadata(model); });
  add("GET", "/ready",
      [](const InferModel& model, const RouteCall&) { return model_ready(model); });
  add("POST", "/infer", [&metrics](const InferModel& model, const RouteCall& call) {
    return answer_infer(model, call, metrics);
  });
}

}  // namespace kaskad
