#include "kaskad/grpc/inference_service.h"

#include <chrono>

#include "kaskad/grpc/infer_message.h"
#include "kaskad/grpc/message_writer.h"
#include "kaskad/grpc/unary_call.h"
#include "kaskad/server/infer_description.h"
#include "kaskad/server/service.h"

namespace kaskad {

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

InferenceService::Reactor* InferenceService::ModelConfig(
    Context* context, const inference::ModelConfigRequest* request,
    inference::ModelConfigResponse* response) {
  return run(server_, Lane::kCompute,
             {*context, "/inference.GRPCInferenceService/ModelConfig", *request, *response,
              [this, request, response] {
                return with_model(server_.service(), request->name(), request->version(),
                                  [response](const InferModel& model) -> MaybeRefusal {
                                    MessageWriter out(*response->mutable_config());
                                    write_model_config(model, out);
                                    return std::nullopt;
                                  });
              }});
}

InferenceService::Reactor* InferenceService::ModelStatistics(
    Context* context, const inference::ModelStatisticsRequest* request,
    inference::ModelStatisticsResponse* response) {
  const auto answer = [this, request, response]() -> MaybeRefusal {
    MessageWriter out(*response);
    if (request->name().empty()) {
      write_model_statistics(server_.service().served()->infer.all(), out);
      return std::nullopt;
    }
    return with_model(server_.service(), request->name(), request->version(),
                      [&](const InferModel& model) -> MaybeRefusal {
                        write_model_statistics({&model}, out);
                        return std::nullopt;
                      });
  };
  return run(
      server_, Lane::kSocket,
      {*context, "/inference.GRPCInferenceService/ModelStatistics", *request, *response, answer});
}

InferenceService::Reactor* InferenceService::RepositoryIndex(
    Context* context, const inference::RepositoryIndexRequest* request,
    inference::RepositoryIndexResponse* response) {
  return run(server_, Lane::kSocket,
             {*context, "/inference.GRPCInferenceService/RepositoryIndex", *request, *response,
              [this, response]() -> MaybeRefusal {
                MessageWriter out(*response);
                out.begin_object().key("models");
                write_repository_index(server_.service().served()->infer.all(), out);
                out.end_object();
                return std::nullopt;
              }});
}

InferenceService::Reactor* InferenceService::ModelInfer(Context* context,
                                                        const inference::ModelInferRequest* request,
                                                        inference::ModelInferResponse* response) {
  const auto arrived = std::chrono::steady_clock::now();
  return run(server_, Lane::kCompute,
             {*context, "/inference.GRPCInferenceService/ModelInfer", *request, *response,
              [this, request, response, arrived] {
                return infer_message(server_.service(), *request, arrived, *response);
              }});
}

InferenceService::StreamReactor* InferenceService::ModelStreamInfer(Context* context) {
  return streams_.open(*context);
}

}  // namespace kaskad
