// Serves a bundle over HTTP: the recommendations, the items, health, metrics and the console
// page. openapi.json describes every path. Called by `kaskad serve`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kaskad/model/bundle.h"
#include "kaskad/server/http_server.h"

namespace kaskad {

// One answered request, for the log.
struct RequestRecord {
  std::string_view method, path, query;
  int status = 200;
  size_t request_bytes = 0, response_bytes = 0;
  double seconds = 0;
  std::string_view error;  // what() of an exception behind a status 500
};

struct ServerOptions {
  HttpServerOptions http;
  // Called after each request, from several threads at once; may be empty.
  std::function<void(const RequestRecord&)> log;
};

class Server {
 public:
  // Binds the address; throws Error when it cannot be had.
  Server(Bundle bundle, const ServerOptions& options);
  ~Server();  // stops

  void start();
  // From the next request on, `bundle` answers: model, index, ids and histories in one step.
  // Requests in flight finish with the one that they began with. Thread-safe.
  void replace(Bundle bundle);
  // Counts a bundle that could not take over, for /metrics.
  void count_failed_reload();
  // From here on not ready; requests in flight finish within the drain time.
  void stop();

  uint16_t port() const;
  std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad
