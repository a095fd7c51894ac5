#include "kaskad/server/service.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <variant>

#include "kaskad/core/utc.h"
#include "kaskad/server/embedded_files.h"
#include "kaskad/server/events_request.h"
#include "kaskad/server/infer_api.h"
#include "kaskad/server/json_writer.h"
#include "kaskad/server/recommend_api.h"
#include "kaskad/server/served_api.h"

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
  // The files change with the binary; the page needs nothing from elsewhere, and no other page may
  // put it into a frame, where its buttons could be clicked unseen.
  response.headers = {{"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Content-Security-Policy",
                       "default-src 'self'; img-src 'self' data:; object-src 'none'; "
                       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}};
  return response;
}

const EmbeddedFile* embedded_file(std::string_view name) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  return found == files.end() ? nullptr : &*found;
}

// The answer that `call` writes, or its refusal.
template <typename Call>
HttpResponse in_json(const Call& call) {
  HttpResponse response;
  JsonWriter json(response.body);
  if (const MaybeRefusal refusal = call(json)) return refused(*refusal);
  return response;
}

// A count in the query, kDefaultCount without one.
Parsed<size_t> count_of(const RouteCall& call, const char* name) {
  const std::string* text = call.find(name);
  if (!text) return kDefaultCount;
  return parse_count(name, *text);
}

}  // namespace

Service::Service(Bundles bundles, ServiceOptions options)
    : options_(std::move(options)),
      guard_(options_.live.get(), options_.tell),
      versions_(std::move(bundles), metrics_, guard_, options_.live, !options_.write_token.empty()),
      calls_(versions_, metrics_, guard_, options_.live.get(), options_.write_token),
      admin_(versions_, metrics_, guard_, options_.load),
      router_(routes()) {}

std::vector<Route> Service::routes() {
  std::vector<Route> routes;
  add_files(routes);
  add_recommending(routes);
  add_asking(routes);
  routes.push_back({.method = "POST",
                    .pattern = "/v1/rank",
                    .answer =
                        [this](const RouteCall& call) {
                          return in_json([&](AnswerWriter& out) {
                            return calls_.rank(parse_rank_request(call.request.body), out);
                          });
                        },
                    .lane = Lane::kCompute});
  add_writing(routes);
  add_admin(routes);
  add_observing(routes);
  add_inference(routes, [this] { return served(); }, metrics_);
  return routes;
}

void Service::add_files(std::vector<Route>& routes) {
  for (const auto& [path, name] :
       {std::pair("/", "index.html"), std::pair("/openapi.json", "openapi.json")}) {
    routes.push_back({"GET", path, [file = embedded_file(name)](const RouteCall&) {
                        return file_response(*file);
                      }});
  }
  routes.push_back({"GET", "/docs", [](const RouteCall&) {  // where many look for such a page
                      HttpResponse response;
                      response.status = 307;
                      response.content_type = "text/plain";
                      response.headers = {{"Location", "./#/api"}};
                      return response;
                    }});
  routes.push_back({"GET", "/console/{file}", [](const RouteCall& call) {
                      const EmbeddedFile* file = embedded_file(call.params[0]);
                      return file ? file_response(*file)
                                  : error_response(404, "there is nothing at this path");
                    }});
}

void Service::add_recommending(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* pattern, auto answer, Lane lane) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .answer =
                          [this, answer](const RouteCall& call) {
                            const auto served = this->served();
                            if (!served->retriever) {
                              return refused(nothing_served("retriever", "--bundle"));
                            }
                            return in_json([&](AnswerWriter& out) {
                              return answer(*served->retriever, call, out);
                            });
                          },
                      .lane = lane});
  };
  add(
      "GET", "/v1/items",
      [](const ServedBundle& served, const RouteCall& call, AnswerWriter& out) -> MaybeRefusal {
        const auto limit = count_of(call, "limit");
        if (const auto* bad = std::get_if<BadRequest>(&limit)) return Refusal{400, bad->why};
        const std::string* prefix = call.find("prefix");
        search_items(served, prefix ? *prefix : "", std::get<size_t>(limit), out);
        return std::nullopt;
      },
      Lane::kSocket);
  routes.push_back({"GET", "/v1/items/{id}", [this](const RouteCall& call) {
                      const auto served = this->served();
                      if (!served->retriever) {
                        return refused(nothing_served("retriever", "--bundle"));
                      }
                      return show_item(*served, call.params[0]);
                    }});
  add(
      "GET", "/v1/items/{id}/similar",
      [this](const ServedBundle& served, const RouteCall& call, AnswerWriter& out) -> MaybeRefusal {
        const auto k = count_of(call, "k");
        if (const auto* bad = std::get_if<BadRequest>(&k)) return Refusal{400, bad->why};
        return similar_items(served, call.params[0], std::get<size_t>(k), metrics_, out);
      },
      Lane::kCompute);
  add(
      "GET", "/v1/users/{id}",
      [this](const ServedBundle& served, const RouteCall& call, AnswerWriter& out) {
        return show_user(served, call.params[0], calls_.context(), out);
      },
      Lane::kStorage);
}

void Service::add_asking(std::vector<Route>& routes) {
  const auto add = [&](const char* pattern, RecommendKind kind) {
    routes.push_back({.method = "POST",
                      .pattern = pattern,
                      .answer =
                          [this, kind](const RouteCall& call) {
                            return in_json([&](AnswerWriter& out) {
                              return calls_.ask(
                                  kind, parse_recommend_request(call.request.body, kind), out);
                            });
                          },
                      .lane = Lane::kCompute});
  };
  add("/v1/recommend", RecommendKind::kRecommend);
  add("/v1/search", RecommendKind::kSearch);
  add("/v1/explain", RecommendKind::kExplain);
}

// What changes something, by those who may.
void Service::add_writing(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* pattern, auto reply) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .answer =
                          [this, reply](const RouteCall& call) {
                            return in_json([&](AnswerWriter& out) {
                              const auto refusal = calls_.authorize(call.request.authorization);
                              return refusal ? refusal : reply(call, out);
                            });
                          },
                      .lane = Lane::kStorage});
  };
  add("POST", "/v1/events", [this](const RouteCall& call, AnswerWriter& out) {
    const HttpRequest& request = call.request;
    return calls_.append_events(parse_events(request.body, request.content_type, wall_clock()),
                                out);
  });
  add("DELETE", "/v1/users/{id}", [this](const RouteCall& call, AnswerWriter& out) {
    return calls_.erase_user(call.params[0], out);
  });
}

// Only where there is a token: who may reload may change what everybody sees.
void Service::add_admin(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* pattern, auto reply) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .answer =
                          [this, reply](const RouteCall& call) {
                            if (options_.write_token.empty()) {
                              return error_response(403, "expected a server with --write-token");
                            }
                            if (const auto refusal = calls_.authorize(call.request.authorization)) {
                              return refused(*refusal);
                            }
                            return (admin_.*reply)();
                          },
                      .lane = Lane::kStorage});
  };
  add("GET", "/v1/admin/versions", &AdminApi::answer_versions);
  add("POST", "/v1/admin/reload", &AdminApi::answer_reload);
  add("POST", "/v1/admin/rollback", &AdminApi::answer_rollback);
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
                      HttpResponse response = json_response(metrics_text());
                      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                      return response;
                    }});
  routes.push_back({"GET", "/v1/health/checks",
                    [this](const RouteCall&) { return health_checks_.answer(metrics_text()); },
                    Lane::kStorage});
  routes.push_back({"GET", "/v1/served", [this](const RouteCall&) {
                      return describe_served(*served(), versions_.current(),
                                             {.events = options_.live != nullptr,
                                              .admin = !options_.write_token.empty()});
                    }});
  routes.push_back({"GET", "/v1/experiment/users/{id}", [this](const RouteCall& call) {
                      const auto served = this->served();
                      if (!served->arms) {
                        return refused(nothing_served("experiment", "--experiment"));
                      }
                      return show_arms(*served, call.params[0]);
                    }});
}

std::string Service::metrics_text() const {
  return metrics_.text(*served(), options_.live.get(), versions_.peers(), guard_);
}

HttpResponse Service::answer(const HttpRequest& request, std::string_view& path,
                             std::string& error) {
  try {
    return router_.answer(request, path);
  } catch (const std::exception& exception) {
    error = exception.what();
    return refused(failed());
  }
}

HttpResponse Service::handle(const HttpRequest& request) {
  metrics_.in_flight(1);
  std::string_view path;
  std::string error;
  HttpResponse response = answer(request, path, error);
  const double seconds = std::chrono::duration<double>(Clock::now() - request.arrived).count();
  metrics_.in_flight(-1);
  answered({request.method, request.path, request.query, response.status, request.body.size(),
            response.body.size(), seconds, error},
           path);
  return response;
}

void Service::answered(const RequestRecord& record, std::string_view route) {
  metrics_.request(record.method, route, record.status, record.seconds);
  if (options_.log) options_.log(record);
}

Refusal Service::failed() {
  metrics_.internal_error();
  return {500, "internal error; the server's log says more"};
}

HttpResponse Service::refuse(int status, const std::string& why) {
  metrics_.refusal(status);
  if (options_.log) options_.log({"", "", "", status, 0, 0, 0, why});
  return error_response(status, why);
}

}  // namespace kaskad
