#include "cli/serve_grpc.h"

#include "kaskad/core/error.h"
#ifdef KASKAD_GRPC
#include "cli/console.h"
#include "kaskad/grpc/grpc_server.h"
#endif

namespace kaskad::cli {

#ifdef KASKAD_GRPC

namespace {

class RunningGrpc : public Grpc {
 public:
  RunningGrpc(Server& server, const GrpcServerOptions& options) : transport_(server, options) {
    say("serving gRPC on " + transport_.address());
  }
  void stop() override { transport_.stop(); }

 private:
  GrpcServer transport_;
};

}  // namespace

std::unique_ptr<Grpc> serve_grpc(Server& server, const HttpServerOptions& http, uint16_t port) {
  if (port == 0) return nullptr;
  return std::make_unique<RunningGrpc>(
      server, GrpcServerOptions{.host = http.host, .port = port, .limits = http.limits});
}

#else

std::unique_ptr<Grpc> serve_grpc(Server&, const HttpServerOptions&, uint16_t port) {
  if (port == 0) return nullptr;
  throw Error("found --grpc-port, expected a kaskad built with -DKASKAD_GRPC=ON");
}

#endif

}  // namespace kaskad::cli
