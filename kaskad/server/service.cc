#include "kaskad/server/service.h"

#include <chrono>
#include <exception>
#include <variant>

#include "kaskad/server/cascade_api.h"
#include "kaskad/server/embedded_files.h"
#include "kaskad/server/infer_api.h"
#include "kaskad/server/rank_api.h"
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

HttpResponse nothing_served(const char* what, const char* option) {
  return error_response(404, std::string("no ") + what + " is served here; `kaskad serve` takes " +
                                 "one as " + option);
}

// A count in the query, kDefaultCount without one.
std::variant<size_t, BadRequest> count_of(const RouteCall& call, const char* name) {
  const std::string* text = call.find(name);
  if (!text) return kDefaultCount;
  return parse_count(name, *text);
}

}  // namespace

Service::Service(Bundles bundles, std::function<void(const RequestRecord&)> log)
    : log_(std::move(log)),
      served_(std::make_shared<const Served>(std::move(bundles))),
      router_(routes()) {
  metrics_.served(*served_);
}

void Service::replace(Bundles bundles) {
  auto next = std::make_shared<const Served>(std::move(bundles));
  metrics_.served(*next);
  {
    std::lock_guard lock(served_mutex_);
    served_.swap(next);
  }
  // The older ones end here, outside the lock, or with the last request that began with them.
}

std::shared_ptr<const Served> Service::served() const {
  std::lock_guard lock(served_mutex_);
  return served_;
}

std::vector<Route> Service::routes() {
  std::vector<Route> routes;
  for (const EmbeddedFile& file : embedded_files()) {
    const std::string path = file.name == "index.html" ? "/" : "/" + std::string(file.name);
    routes.push_back({"GET", path, [&file](const RouteCall&) { return file_response(file); }});
  }
  add_recommending(routes);
  add_asking(routes);
  routes.push_back({.method = "POST",
                    .pattern = "/v1/rank",
                    .answer =
                        [this](const RouteCall& call) {
                          const auto served = this->served();
                          if (!served->ranker) return nothing_served("ranker", "--ranker");
                          return rank(*served, call.request.body, metrics_);
                        },
                    .takes_long = true});
  add_observing(routes);
  add_inference(routes, [this] { return served(); }, metrics_);
  return routes;
}

void Service::add_recommending(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* pattern, auto answer, bool takes_long) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .answer =
                          [this, answer](const RouteCall& call) {
                            const auto served = this->served();
                            if (!served->retriever) return nothing_served("retriever", "--bundle");
                            return answer(*served->retriever, call);
                          },
                      .takes_long = takes_long});
  };
  add(
      "GET", "/v1/items",
      [](const ServedBundle& served, const RouteCall& call) {
        const auto limit = count_of(call, "limit");
        if (const auto* bad = std::get_if<BadRequest>(&limit)) return error_response(400, bad->why);
        const std::string* prefix = call.find("prefix");
        return search_items(served, prefix ? *prefix : "", std::get<size_t>(limit));
      },
      false);
  add(
      "GET", "/v1/items/{id}/similar",
      [this](const ServedBundle& served, const RouteCall& call) {
        const auto k = count_of(call, "k");
        if (const auto* bad = std::get_if<BadRequest>(&k)) return error_response(400, bad->why);
        return similar_items(served, call.params[0], std::get<size_t>(k), metrics_);
      },
      true);
  add(
      "GET", "/v1/users/{id}",
      [this](const ServedBundle& served, const RouteCall& call) {
        return show_user(served, call.params[0], metrics_);
      },
      false);
}

// What a cascade answers where one is served.
void Service::add_asking(std::vector<Route>& routes) {
  const auto add = [&](const char* pattern, RecommendKind kind) {
    routes.push_back({.method = "POST",
                      .pattern = pattern,
                      .answer =
                          [this, kind](const RouteCall& call) {
                            const auto served = this->served();
                            if (served->cascade) {
                              return ask_cascade(*served->cascade, kind, call.request.body,
                                                 metrics_);
                            }
                            if (kind != RecommendKind::kRecommend) {
                              return nothing_served("cascade", "a file, cascade.toml");
                            }
                            if (!served->retriever) return nothing_served("retriever", "--bundle");
                            return recommend(*served->retriever, call.request.body, metrics_);
                          },
                      .takes_long = true});
  };
  add("/v1/recommend", RecommendKind::kRecommend);
  add("/v1/search", RecommendKind::kSearch);
  add("/v1/explain", RecommendKind::kExplain);
}

void Service::add_observing(std::vector<Route>& routes) {
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
                      const auto served = this->served();
                      HttpResponse response = json_response(metrics_.text(*served));
                      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                      return response;
                    }});
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
