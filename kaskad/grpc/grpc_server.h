// The second transport of a server: gRPC, with the methods of proto/kaskad.proto and of the Open
// Inference Protocol, grpc.health.v1 and reflection. It answers from what HTTP answers from, on the
// same threads, with the same limits and metrics. Called by `kaskad serve --grpc-port`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kaskad/server/server.h"

namespace kaskad {

struct GrpcServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
  // Those of a body, a header (metadata), idle connections and draining; a connection may have as
  // many calls at once as HTTP has connections.
  HttpLimits limits = {};
};

class GrpcServer {
 public:
  // Listens and answers from here on; `server` outlives it. Throws Error when the address cannot be
  // had.
  GrpcServer(Server& server, const GrpcServerOptions& options);
  ~GrpcServer();  // stops

  // The server is not ready from here on; calls in flight finish within the drain time. Called
  // before the server stops, whose threads answer them; further calls do nothing.
  void stop();

  uint16_t port() const;
  std::string address() const;  // "127.0.0.1:9000"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad
