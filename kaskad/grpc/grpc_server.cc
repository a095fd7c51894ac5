#include "kaskad/grpc/grpc_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>

#include "kaskad/core/error.h"
#include "kaskad/grpc/inference_service.h"
#include "kaskad/grpc/recommender_service.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

int as_argument(int64_t value) {
  return static_cast<int>(std::clamp<int64_t>(value, 0, std::numeric_limits<int>::max()));
}

std::string address_of(const std::string& host, int port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// gRPC's settings of the process, once.
void prepare_process() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    google::protobuf::SetLogHandler(nullptr);  // it prints what a client sent; the client is told
  });
}

void set_limits(const HttpLimits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(as_argument(static_cast<int64_t>(limits.body_bytes)));
  const auto set = [&](const char* name, int64_t value) {
    builder.AddChannelArgument(name, as_argument(value));
  };
  set(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int64_t>(limits.header_bytes));
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int64_t>(limits.connections));
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.idle_time.count());
  set(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a port that another server has is an error
}

}  // namespace

struct GrpcServer::State {
  State(Server& owner, const GrpcServerOptions& wanted)
      : server(owner), options(wanted), recommender(owner), inference(owner) {
    prepare_process();
    grpc::ServerBuilder builder;
    set_limits(options.limits, builder);
    builder.AddListeningPort(address_of(options.host, options.port),
                             grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&recommender);
    builder.RegisterService(&inference);
    transport = builder.BuildAndStart();
    if (!transport || port == 0) {
      throw Error("cannot listen on " + address_of(options.host, options.port) +
                  " for gRPC: the address is taken or unknown");
    }
    auto* health = transport->GetHealthCheckService();
    health->SetServingStatus(v1::Recommender::service_full_name(), true);
    health->SetServingStatus(inference::GRPCInferenceService::service_full_name(), true);
  }

  void stop() {
    if (!transport) return;
    server.service().set_ready(false);
    transport->GetHealthCheckService()->Shutdown();  // not serving, of all services
    inference.stop_streams();
    transport->Shutdown(std::chrono::system_clock::now() + options.limits.drain_time);
    transport.reset();
  }

  Server& server;
  const GrpcServerOptions options;
  RecommenderService recommender;  // both outlive the transport that calls them
  InferenceService inference;
  int port = 0;
  std::unique_ptr<grpc::Server> transport;
};

GrpcServer::GrpcServer(Server& server, const GrpcServerOptions& options)
    : state_(std::make_unique<State>(server, options)) {}

GrpcServer::~GrpcServer() { stop(); }

void GrpcServer::stop() { state_->stop(); }

uint16_t GrpcServer::port() const { return static_cast<uint16_t>(state_->port); }

std::string GrpcServer::address() const { return address_of(state_->options.host, state_->port); }

}  // namespace kaskad
