#include "kaskad/server/infer_api.h"

#include <algorithm>
#include <variant>

#include "kaskad/server/counted_inference.h"
#include "kaskad/server/infer.h"
#include "kaskad/server/infer_description.h"
#include "kaskad/server/infer_request.h"
#include "kaskad/server/infer_tensor.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

// What `write` tells.
template <typename Write>
HttpResponse told(const Write& write) {
  HttpResponse response;
  JsonWriter json(response.body);
  write(json);
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
  HttpResponse response;
  const auto refusal = infer_counted(
      model,
      {.arrived = call.request.arrived,
       .read =
           [&] { return parse_infer_request(call.request.body, call.request.inference_header); },
       .write = [&](const InferRequest& request,
                    const auto& outputs) { response = write(model, request, outputs); }},
      metrics);
  return refusal ? refused(*refusal) : response;
}

using ServedNow = std::function<std::shared_ptr<const Served>()>;
using ModelAnswer = std::function<HttpResponse(const InferModel&, const RouteCall&)>;

void add_model_routes(std::vector<Route>& routes, const ServedNow& served, const char* method,
                      const std::string& end, const ModelAnswer& answer, Lane lane) {
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
                      .lane = lane});
  }
}

// Of all models at once. `/v2/models/stats` stands before the routes of a model of that name.
void add_overviews(std::vector<Route>& routes, const ServedNow& served) {
  routes.push_back({"GET", "/v2", [](const RouteCall&) { return told(write_server_metadata); }});
  routes.push_back({"GET", "/v2/models/stats", [served](const RouteCall&) {
                      return told([&](AnswerWriter& out) {
                        write_model_statistics(served()->infer.all(), out);
                      });
                    }});
  routes.push_back({"POST", "/v2/repository/index", [served](const RouteCall&) {
                      return told([&](AnswerWriter& out) {
                        write_repository_index(served()->infer.all(), out);
                      });
                    }});
}

}  // namespace

void add_inference(std::vector<Route>& routes, const ServedNow& served, Metrics& metrics) {
  add_overviews(routes, served);
  const auto add = [&](const char* method, const char* end, const ModelAnswer& answer,
                       Lane lane = Lane::kCompute) {  // a graph may have to be opened
    add_model_routes(routes, served, method, end, answer, lane);
  };
  add("GET", "", [](const InferModel& model, const RouteCall&) {
    return told([&](AnswerWriter& out) { write_model_metadata(model, out); });
  });
  add("GET", "/config", [](const InferModel& model, const RouteCall&) {
    return told([&](AnswerWriter& out) { write_model_config(model, out); });
  });
  add(
      "GET", "/stats",
      [](const InferModel& model, const RouteCall&) {
        return told([&](AnswerWriter& out) { write_model_statistics({&model}, out); });
      },
      Lane::kSocket);
  add("GET", "/ready",
      [](const InferModel& model, const RouteCall&) { return model_ready(model); });
  add("POST", "/infer", [&metrics](const InferModel& model, const RouteCall& call) {
    return answer_infer(model, call, metrics);
  });
}

}  // namespace kaskad
