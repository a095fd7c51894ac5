// The transport: an asynchronous HTTP/1.1 server on a few threads, with keep-alive, pipelining,
// limits on everything that a client decides, and a graceful stop. It knows no routes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kaskad/server/http.h"
#include "kaskad/server/rate_limiter.h"

namespace kaskad {

// What one client may take. A client that exceeds it gets the status named here, if any, and is
// disconnected.
struct HttpLimits {
  size_t body_bytes = 1 << 20;     // 413
  size_t header_bytes = 16 << 10;  // 431
  size_t connections = 1024;       // 503 with Retry-After
  size_t waiting_requests = 256;   // for a thread: 429 with Retry-After
  // How long a request may be expected to wait for a thread that computes: 429; 0: no limit.
  std::chrono::milliseconds waiting_time{100};
  RateLimit rate;  // of requests that need a thread, by client: 429
  // The header whose last entry names the client, as a proxy in front sets it ("X-Forwarded-For");
  // empty: the address of the connection is the client.
  std::string client_header;
  std::chrono::milliseconds header_time{10'000};    // 408: from a request's first byte
  std::chrono::milliseconds body_time{30'000};      // 408: from the end of the header
  std::chrono::milliseconds response_time{30'000};  // to take the response
  std::chrono::milliseconds idle_time{60'000};      // between requests
  std::chrono::milliseconds drain_time{10'000};     // for requests in flight when stopping
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // an address, or a name to look up
  uint16_t port = 8080;            // 0: any free one
  int threads = 0;                 // that compute answers; 0: one per CPU
  int storage_threads = 16;        // that wait for a disk; those of one moment share an fsync
  HttpLimits limits;
};

// What the transport calls; from several threads at once. None may throw.
struct HttpCallbacks {
  std::function<HttpResponse(const HttpRequest&)> handle;
  // Whose threads call handle().
  std::function<Lane(const HttpRequest&)> lane = [](const HttpRequest&) { return Lane::kSocket; };
  // The answer to a request that never became one (too large, too slow, malformed, one
  // connection too many): `status` and a sentence.
  std::function<HttpResponse(int status, const std::string& why)> refuse;
  std::function<void(size_t open)> connections_changed = [](size_t) {};
};

class HttpServer {
 public:
  // Binds, so that port() is known; throws Error when the address cannot be had.
  HttpServer(const HttpServerOptions& options, HttpCallbacks callbacks);
  ~HttpServer();  // stops

  // Begins to accept; returns at once.
  void start();

  // A thread of the lane, kCompute or kStorage, calls `job`, which must not throw; refused where
  // too many wait. A job that still waits when the server stops is destroyed without being called.
  MaybeRefusal take(Lane lane, std::function<void()> job);
  // What the limit of rates says of a request that came over another transport.
  MaybeRefusal admit(std::string_view client);

  // Accepts no more, lets requests in flight finish within the drain time, closes the rest.
  // Returns when all threads have ended; further calls do nothing.
  void stop();

  const HttpLimits& limits() const;
  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace kaskad
