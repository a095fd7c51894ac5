#include "kaskad/server/infer_api.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <variant>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/server/infer_request.h"
#include "kaskad/server/infer_tensor.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {
namespace {

HttpResponse server_metadata() {
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("name", "kaskad").field("version", KASKAD_VERSION);
  json.key("extensions").begin_array().value("binary_tensor_data").end_array().end_object();
  return response;
}

void write_shape(JsonWriter& json, const std::vector<int64_t>& shape) {
  json.key("shape").begin_array();
  for (const int64_t length : shape) json.value(length);
  json.end_array();
}

// Sequences and text are not among them: nobody can ask for these.
void write_specs(JsonWriter& json, const char* key, const std::vector<TensorSpec>& specs) {
  json.key(key).begin_array();
  for (const TensorSpec& spec : specs) {
    if (element_size(spec.type) == 0) continue;
    json.begin_object().field("name", spec.name).field("datatype", datatype_name(spec.type));
    write_shape(json, spec.shape);
    json.end_object();
  }
  json.end_array();
}

HttpResponse model_metadata(const InferModel& model) {
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("name", model.name());
  json.key("versions").begin_array().value(model.version()).end_array();
  json.field("platform", "onnxruntime_onnx");
  write_specs(json, "inputs", model.session().inputs());
  write_specs(json, "outputs", model.session().outputs());
  json.end_object();
  return response;
}

HttpResponse model_ready(const InferModel& model) {
  model.session();
  HttpResponse response;
  JsonWriter json(response.body);
  json.begin_object().field("name", model.name()).field("ready", true).end_object();
  return response;
}

bool shape_fits(const TensorSpec& declared, const std::vector<int64_t>& given) {
  if (!declared.has_shape) return true;
  const auto fits = [](int64_t theirs, int64_t mine) { return theirs < 0 || theirs == mine; };
  return std::ranges::equal(declared.shape, given, fits);
}

// A request, matched with what the model declares.
class Inference {
 public:
  Inference(const InferModel& model, const InferRequest& request)
      : model_(model), session_(model.session()), request_(request) {}

  HttpResponse answer() {
    if (auto fault = match_inputs()) return error_response(400, *fault);
    if (auto fault = match_outputs()) return error_response(400, *fault);
    std::vector<OwnedTensor> answers;
    try {
      answers = session_.run(inputs_, wanted_);
    } catch (const Error& error) {  // types and shapes fit: it is the values
      return error_response(400, "model '" + model_.name() + "': " + without_path(error.what()));
    }
    return write(answers);
  }

 private:
  std::optional<std::string> match_inputs() {
    for (const TensorSpec& declared : session_.inputs()) {
      const auto given = std::ranges::find(request_.inputs, declared.name, &InferTensor::name);
      const std::string expected = datatype_text(declared.type, declared.shape);
      if (given == request_.inputs.end()) {
        return "input '" + declared.name + "': found nothing, expected " + expected;
      }
      if (given->type != declared.type || !shape_fits(declared, given->shape)) {
        return "input '" + declared.name + "': found " + datatype_text(given->type, given->shape) +
               ", expected " + expected;
      }
      inputs_.push_back({given->type, given->bytes, given->shape});
    }
    if (inputs_.size() == request_.inputs.size()) return std::nullopt;
    const auto known = known_names(session_.inputs());
    for (const InferTensor& given : request_.inputs) {
      if (std::ranges::find(known, given.name) != known.end()) continue;
      return "found input '" + given.name.substr(0, 60) + "', expected " +
             one_of(known, given.name);
    }
    return std::nullopt;
  }

  std::optional<std::string> match_outputs() {
    const std::vector<TensorSpec>& declared = session_.outputs();
    if (request_.outputs.empty()) {
      for (size_t o = 0; o < declared.size(); ++o) {
        if (element_size(declared[o].type) > 0) add_output(o, std::nullopt);
      }
      return std::nullopt;
    }
    for (const InferOutput& asked : request_.outputs) {
      const auto found = std::ranges::find(declared, asked.name, &TensorSpec::name);
      if (found == declared.end() || element_size(found->type) == 0) {
        return "found output '" + asked.name.substr(0, 60) + "', expected " +
               one_of(known_names(declared), asked.name) +
               (found == declared.end() ? "" : "; this one is no tensor of numbers");
      }
      add_output(static_cast<size_t>(found - declared.begin()), asked.binary);
    }
    return std::nullopt;
  }

  void add_output(size_t number, std::optional<bool> binary) {
    wanted_.push_back(number);
    binary_.push_back(binary.value_or(request_.binary_outputs));
  }

  // Where the file lies is nobody's business.
  std::string without_path(std::string text) const {
    const std::string path = "'" + session_.path() + "'";
    if (text.starts_with(path)) text.erase(0, path.size() + (text[path.size()] == ' ' ? 1 : 2));
    return text;
  }

  HttpResponse write(const std::vector<OwnedTensor>& answers) const {
    HttpResponse response;
    std::string& body = response.body;
    JsonWriter json(body);
    json.begin_object().field("model_name", model_.name());
    json.field("model_version", model_.version());
    if (request_.id) json.field("id", *request_.id);
    json.key("outputs").begin_array();
    size_t binary_bytes = 0;
    for (size_t i = 0; i < answers.size(); ++i) {
      const OwnedTensor& tensor = answers[i];
      json.begin_object().field("name", session_.outputs()[wanted_[i]].name);
      json.field("datatype", datatype_name(tensor.type));
      write_shape(json, tensor.shape);
      if (binary_[i]) {
        json.key("parameters").begin_object();
        json.field("binary_data_size", tensor.bytes.size()).end_object();
        binary_bytes += tensor.bytes.size();
      } else {
        json.key("data");
        write_tensor_json(tensor.type, tensor.bytes, body);
      }
      json.end_object();
    }
    json.end_array().end_object();
    if (std::ranges::find(binary_, true) != binary_.end()) {
      response.content_type = "application/octet-stream";
      response.headers = {{"Inference-Header-Content-Length", std::to_string(body.size())}};
      append_bytes(answers, binary_bytes, body);
    }
    return response;
  }

  void append_bytes(const std::vector<OwnedTensor>& answers, size_t bytes,
                    std::string& body) const {
    body.reserve(body.size() + bytes);
    for (size_t i = 0; i < answers.size(); ++i) {
      if (!binary_[i]) continue;
      body.append(reinterpret_cast<const char*>(answers[i].bytes.data()), answers[i].bytes.size());
    }
  }

  const InferModel& model_;
  const OnnxSession& session_;
  const InferRequest& request_;
  std::vector<TensorBytes> inputs_;  // (inputs of the graph)
  std::vector<size_t> wanted_;       // outputs of the graph
  std::vector<bool> binary_;         // (wanted)
};

HttpResponse infer(const InferModel& model, const RouteCall& call, Metrics& metrics) {
  const auto began = std::chrono::steady_clock::now();
  const auto parsed = parse_infer_request(call.request.body, call.request.inference_header);
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return error_response(400, bad->why);
  HttpResponse response = Inference(model, std::get<InferRequest>(parsed)).answer();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  metrics.inference(model.name(), response.status, taken.count());
  return response;
}

// The model that a path names, with its version where that has one; or the answer that there is
// none.
std::variant<const InferModel*, HttpResponse> model_of(const Served& served,
                                                       const RouteCall& call) {
  const std::string& name = call.params[0];
  const InferModel* model = served.infer.find(name);
  if (!model) {
    return error_response(404, "found the model '" + name.substr(0, 60) + "', expected " +
                                   one_of(served.infer.names(), name));
  }
  if (call.params.size() > 1 && call.params[1] != model->version()) {
    return error_response(404, "found version '" + call.params[1].substr(0, 60) + "' of '" + name +
                                   "', expected '" + model->version() + "'");
  }
  return model;
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
                              auto model = model_of(*now, call);
                              if (auto* missing = std::get_if<HttpResponse>(&model)) {
                                return *missing;
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
    return infer(model, call, metrics);
  });
}

}  // namespace kaskad
