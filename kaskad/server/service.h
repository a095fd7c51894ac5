// The routes of the server over the bundle of the moment: a function from request to response.
// Thread-safe; throws nothing.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "kaskad/server/metrics.h"
#include "kaskad/server/router.h"
#include "kaskad/server/server.h"

namespace kaskad {

class Service {
 public:
  Service(Bundle bundle, std::function<void(const RequestRecord&)> log);

  // What an exception says becomes part of the log, not of the response (status 500).
  HttpResponse handle(const HttpRequest& request);
  bool takes_long(const HttpRequest& request) const { return router_.takes_long(request); }
  HttpResponse refuse(int status, const std::string& why);

  void replace(Bundle bundle);
  void set_ready(bool ready) { ready_ = ready; }
  Metrics& metrics() { return metrics_; }
  const Router& router() const { return router_; }

 private:
  std::vector<Route> routes();
  std::vector<Route> page_routes();
  HttpResponse answer(const HttpRequest& request, std::string_view& path, std::string& error);
  // The bundle of the moment; a request keeps the one that it began with.
  std::shared_ptr<const ServedBundle> bundle() const;

  std::function<void(const RequestRecord&)> log_;
  Metrics metrics_;
  std::atomic<bool> ready_{true};
  mutable std::mutex bundle_mutex_;
  std::shared_ptr<const ServedBundle> bundle_;
  const Router router_;
};

}  // namespace kaskad
