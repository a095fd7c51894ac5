// Serves bundles over HTTP: the recommendations, the items, lists in the order of a ranker, health,
// metrics and the console page. openapi.json describes every path. Called by `kaskad serve`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kaskad/server/http_server.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/served.h"

namespace kaskad {

class Service;

// One answered request, for the log.
struct RequestRecord {
  std::string_view method, path, query;
  int status = 200;
  size_t request_bytes = 0, response_bytes = 0;
  double seconds = 0;
  std::string_view error;  // what() of an exception behind a status 500
};

struct ServiceOptions {
  // Called after each request, from several threads at once; may be empty.
  std::function<void(const RequestRecord&)> log = {};
  // Called with a sentence when the server decides something by itself, as taking an arm of an
  // experiment down; from any thread; may be empty.
  std::function<void(const std::string&)> tell = {};
  // Reads what lies where the models come from, for a reload; throws Error. Empty: none is
  // possible.
  std::function<Bundles()> load = {};
  // Takes in events; null: the server takes none.
  std::shared_ptr<LiveState> live = {};
  // What `Authorization: Bearer` must say to change anything (events, deletions); empty: nothing,
  // and calls under /v1/admin are refused.
  std::string write_token = {};
};

struct ServerOptions {
  HttpServerOptions http = {};
  ServiceOptions service = {};
};

class Server {
 public:
  // Binds the address; throws Error when it cannot be had, or when the bundles do not go together.
  Server(Bundles bundles, const ServerOptions& options);
  ~Server();  // stops

  void start();
  // From the next request on, these answer: models, index, ids and histories in one step.
  // Requests in flight finish with those that they began with. Throws Error, and the older ones go
  // on, when the new ones do not go together. Thread-safe.
  void replace(Bundles bundles);
  // The same with what ServiceOptions::load reads; a failure is counted for /metrics.
  void reload();
  std::string version() const;  // Served::version() of what answers
  // For a further transport, which ends before the server stops: what answers, and a thread for it.
  Service& service();
  // As those of HttpServer.
  MaybeRefusal take(Lane lane, std::function<void()> job);
  MaybeRefusal admit(std::string_view client);

  // From here on not ready; requests in flight finish within the drain time.
  void stop();

  const HttpLimits& limits() const;
  uint16_t port() const;
  std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad
