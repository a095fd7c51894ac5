#include "kaskad/grpc/inference_service.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "kaskad/grpc/message_writer.h"
#include "kaskad/grpc/tensor_messages.h"
#include "kaskad/server/infer.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

// Calls `answer` with the model, or says that there is none. An empty version means any.
template <typename Answer>
MaybeRefusal with_model(Service& service, const std::string& name, const std::string& version,
                        const Answer& answer) {
  const auto served = service.served();  // keeps the model
  std::optional<std::string_view> wanted;
  if (!version.empty()) wanted = version;
  const auto model = find_model(*served, name, wanted);
  if (const auto* missing = std::get_if<Refusal>(&model)) return *missing;
  return answer(*std::get<const InferModel*>(model));
}

MaybeRefusal infer_into(const InferModel& model, const inference::ModelInferRequest& message,
                        inference::ModelInferResponse& response) {
  auto parsed = read(message);
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return Refusal{400, bad->why};
  const auto outputs = infer(model, std::get<InferRequest>(parsed));
  if (const auto* refusal = std::get_if<Refusal>(&outputs)) return *refusal;
  response.set_model_name(model.name());
  response.set_model_version(model.version());
  response.set_id(message.id());
  write(std::get<std::vector<InferredTensor>>(outputs), response);
  return std::nullopt;
}

}  // namespace

InferenceService::Reactor* InferenceService::ServerLive(Context* context,
                                                        const inference::ServerLiveRequest* request,
                                                        inference::ServerLiveResponse* response) {
  return run(server_, Lane::kSocket,
             {*context, "/inference.GRPCInferenceService/ServerLive", *request, *response,
              [response]() -> MaybeRefusal {
                response->set_live(true);
                return std::nullopt;
              }});
}

InferenceService::Reactor* InferenceService::ServerReady(
    Context* context, const inference::ServerReadyRequest* request,
    inference::ServerReadyResponse* response) {
  return run(server_, Lane::kSocket,
             {*context, "/inference.GRPCInferenceService/ServerReady", *request, *response,
              [this, response]() -> MaybeRefusal {
                response->set_ready(server_.service().ready());
                return std::nullopt;
              }});
}

// A model that there is not is not ready: clients ask this for a truth, not for an error.
InferenceService::Reactor* InferenceService::ModelReady(Context* context,
                                                        const inference::ModelReadyRequest* request,
                                                        inference::ModelReadyResponse* response) {
  return run(server_, Lane::kCompute,  // a graph may have to be opened
             {*context, "/inference.GRPCInferenceService/ModelReady", *request, *response,
              [this, request, response]() -> MaybeRefusal {
                const auto opened = [](const InferModel& model) -> MaybeRefusal {
                  model.session();
                  return std::nullopt;
                };
                const auto missing =
                    with_model(server_.service(), request->name(), request->version(), opened);
                response->set_ready(!missing);
                return std::nullopt;
              }});
}

InferenceService::Reactor* InferenceService::ServerMetadata(
    Context* context, const inference::ServerMetadataRequest* request,
    inference::ServerMetadataResponse* response) {
  return run(server_, Lane::kSocket,
             {*context, "/inference.GRPCInferenceService/ServerMetadata", *request, *response,
              [response]() -> MaybeRefusal {
                MessageWriter out(*response);
                write_server_metadata(out);
                return std::nullopt;
              }});
}

InferenceService::Reactor* InferenceService::ModelMetadata(
    Context* context, const inference::ModelMetadataRequest* request,
    inference::ModelMetadataResponse* response) {
  return run(server_, Lane::kCompute,
             {*context, "/inference.GRPCInferenceService/ModelMetadata", *request, *response,
              [this, request, response] {
                return with_model(server_.service(), request->name(), request->version(),
                                  [response](const InferModel& model) -> MaybeRefusal {
                                    MessageWriter out(*response);
                                    write_model_metadata(model, out);
                                    return std::nullopt;
                                  });
              }});
}

InferenceService::Reactor* InferenceService::ModelInfer(Context* context,
                                                        const inference::ModelInferRequest* request,
                                                        inference::ModelInferResponse* response) {
  const auto answer = [this, request, response](const InferModel& model) {
    const auto began = std::chrono::steady_clock::now();
    MaybeRefusal refusal = infer_into(model, *request, *response);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    server_.service().metrics().inference(model.name(), refusal ? refusal->status : 200,
                                          taken.count());
    return refusal;
  };
  return run(server_, Lane::kCompute,
             {*context, "/inference.GRPCInferenceService/ModelInfer", *request, *response,
              [this, request, answer] {
                return with_model(server_.service(), request->model_name(),
                                  request->model_version(), answer);
              }});
}

}  // namespace kaskad
