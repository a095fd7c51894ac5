#include "kaskad/server/service.h"

#include <chrono>
#include <exception>
#include <variant>

#include "kaskad/server/embedded_files.h"
#include "kaskad/server/recommend_api.h"
#include "kaskad/server/recommend_request.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kDefaultCount = 10;

HttpResponse json_response(std::string text) {
  HttpResponse response;
  response.body = std::move(text);
  return response;
}

std::string content_type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "application/json";
}

HttpResponse file_response(const EmbeddedFile& file) {
  HttpResponse response;
  response.content_type = content_type_of(file.name);
  response.body = file.content;
  // The files change with the binary; the page needs nothing from elsewhere.
  response.headers = {{"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy",
                       "default-src 'self'; img-src 'self' data:; "
                       "style-src 'self' 'unsafe-inline'"}};
  return response;
}

// A count in the query, kDefaultCount without one.
std::variant<size_t, BadRequest> count_of(const RouteCall& call, const char* name) {
  const std::string* text = call.find(name);
  if (!text) return kDefaultCount;
  return parse_count(name, *text);
}

}  // namespace

Service::Service(Bundle bundle, std::function<void(const RequestRecord&)> log)
    : log_(std::move(log)),
      bundle_(std::make_shared<const ServedBundle>(std::move(bundle))),
      router_(routes()) {
  metrics_.bundle(*bundle_);
}

void Service::replace(Bundle bundle) {
  auto next = std::make_shared<const ServedBundle>(std::move(bundle));
  metrics_.bundle(*next);
  {
    std::lock_guard lock(bundle_mutex_);
    bundle_.swap(next);
  }
  // The older one ends here, outside the lock, or with the last request that began with it.
}

std::vector<Route> Service::routes() {
  std::vector<Route> routes = page_routes();
  routes.push_back({.method = "POST",
                    .pattern = "/v1/recommend",
                    .answer =
                        [this](const RouteCall& call) {
                          return recommend(*this->bundle(), call.request.body, metrics_);
                        },
                    .takes_long = true});
  routes.push_back({"GET", "/v1/items", [this](const RouteCall& call) {
                      const auto limit = count_of(call, "limit");
                      if (const auto* bad = std::get_if<BadRequest>(&limit)) {
                        return error_response(400, bad->why);
                      }
                      const std::string* prefix = call.find("prefix");
                      return search_items(*this->bundle(), prefix ? *prefix : "",
                                          std::get<size_t>(limit));
                    }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/items/{id}/similar",
                    .answer =
                        [this](const RouteCall& call) {
                          const auto k = count_of(call, "k");
                          if (const auto* bad = std::get_if<BadRequest>(&k)) {
                            return error_response(400, bad->why);
                          }
                          return similar_items(*this->bundle(), call.params[0], std::get<size_t>(k),
                                               metrics_);
                        },
                    .takes_long = true});
  routes.push_back({"GET", "/v1/users/{id}", [this](const RouteCall& call) {
                      return show_user(*this->bundle(), call.params[0], metrics_);
                    }});
  routes.push_back({"GET", "/v2/health/live",
                    [](const RouteCall&) { return json_response(R"({"live":true})"); }});
  routes.push_back({"GET", "/v2/health/ready", [this](const RouteCall&) {
                      const bool ready = ready_;
                      HttpResponse response =
                          json_response(ready ? R"({"ready":true})" : R"({"ready":false})");
                      response.status = ready ? 200 : 503;
                      return response;
                    }});
  routes.push_back({"GET", "/metrics", [this](const RouteCall&) {
                      HttpResponse response = json_response(metrics_.text());
                      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                      return response;
                    }});
  return routes;
}

std::vector<Route> Service::page_routes() {
  std::vector<Route> routes;
  for (const EmbeddedFile& file : embedded_files()) {
    const std::string path = file.name == "index.html" ? "/" : "/" + std::string(file.name);
    routes.push_back({"GET", path, [&file](const RouteCall&) { return file_response(file); }});
  }
  return routes;
}

std::shared_ptr<const ServedBundle> Service::bundle() const {
  std::lock_guard lock(bundle_mutex_);
  return bundle_;
}

HttpResponse Service::answer(const HttpRequest& request, std::string_view& path,
                             std::string& error) {
  try {
    return router_.answer(request, path);
  } catch (const std::exception& exception) {
    error = exception.what();
    metrics_.internal_error();
    return error_response(500, "internal error; the server's log says more");
  }
}

HttpResponse Service::handle(const HttpRequest& request) {
  metrics_.in_flight(1);
  std::string_view path;
  std::string error;
  HttpResponse response = answer(request, path, error);
  const double seconds = std::chrono::duration<double>(Clock::now() - request.arrived).count();
  metrics_.in_flight(-1);
  metrics_.request(request.method, path, response.status, seconds);
  if (log_) {
    log_({request.method, request.path, request.query, response.status, request.body.size(),
          response.body.size(), seconds, error});
  }
  return response;
}

HttpResponse Service::refuse(int status, const std::string& why) {
  metrics_.refusal(status);
  if (log_) log_({"", "", "", status, 0, 0, 0, why});
  return error_response(status, why);
}

}  // namespace kaskad
