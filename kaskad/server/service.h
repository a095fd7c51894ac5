// The routes of the server over the bundles of the moment: a function from request to response.
// Other transports call what the routes call. Thread-safe; requests throw nothing.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "kaskad/server/admin_api.h"
#include "kaskad/server/arm_guard.h"
#include "kaskad/server/calls.h"
#include "kaskad/server/health_checks.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/router.h"
#include "kaskad/server/served_versions.h"
#include "kaskad/server/server.h"

namespace kaskad {

class Service {
 public:
  // Throws Error when the bundles do not go together.
  Service(Bundles bundles, ServiceOptions options);

  // What an exception says becomes part of the log, not of the response (status 500).
  HttpResponse handle(const HttpRequest& request);
  HttpResponse refuse(int status, const std::string& why);

  // What the routes call, for other transports; and what these say of each answer. `route` is one
  // of few, for the metrics.
  Calls& calls() { return calls_; }
  void answered(const RequestRecord& record, std::string_view route);
  Refusal failed();  // counts an exception behind an answer

  // Throws as the constructor does.
  void replace(Bundles bundles) { versions_.exchange(std::move(bundles)); }
  void reload() { admin_.reload(); }
  // The bundles of the moment; a request keeps those that it began with.
  std::shared_ptr<const Served> served() const { return versions_.now(); }
  void set_ready(bool ready) {
    ready_ = ready;
    metrics_.ready(ready);
  }
  bool ready() const { return ready_; }
  Metrics& metrics() { return metrics_; }
  const Router& router() const { return router_; }

 private:
  std::vector<Route> routes();
  void add_files(std::vector<Route>& routes);
  void add_recommending(std::vector<Route>& routes);
  void add_asking(std::vector<Route>& routes);
  void add_writing(std::vector<Route>& routes);
  void add_admin(std::vector<Route>& routes);
  void add_observing(std::vector<Route>& routes);
  HttpResponse answer(const HttpRequest& request, std::string_view& path, std::string& error);

  std::string metrics_text() const;

  const ServiceOptions options_;
  Metrics metrics_;
  ArmGuard guard_;
  std::atomic<bool> ready_{true};
  ServedVersions versions_;
  Calls calls_;
  AdminApi admin_;
  HealthChecks health_checks_;
  const Router router_;
};

}  // namespace kaskad
