// gRPC beside HTTP, in builds that have it (-DKASKAD_GRPC=ON). Called by serve.cc.
#pragma once

#include <cstdint>
#include <memory>

#include "kaskad/server/server.h"

namespace kaskad::cli {

// A transport that can be stopped before the server whose threads answer it.
class Grpc {
 public:
  virtual ~Grpc() = default;
  virtual void stop() = 0;
};

// Listens on the address of `http` and says so; null for port 0. Throws Error when the port cannot
// be had, or the build knows no gRPC.
std::unique_ptr<Grpc> serve_grpc(Server& server, const HttpServerOptions& http, uint16_t port);

}  // namespace kaskad::cli
