// Which function answers which path. Routes are a table: the dispatch, the metrics' labels and
// the test of openapi.json all read it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/server/http.h"

namespace kaskad {

// A request on its way to a route: `params` are the decoded {...} parts of the path, in order.
struct RouteCall {
  const HttpRequest& request;
  std::vector<std::string> params;
  std::vector<std::pair<std::string, std::string>> query;

  // The value of a query parameter, or nullptr.
  const std::string* find(std::string_view name) const;
};

struct Route {
  std::string method;   // "GET"; HEAD comes as GET
  std::string pattern;  // "/v1/items/{id}/similar"
  std::function<HttpResponse(const RouteCall&)> answer;
  Lane lane = Lane::kSocket;
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  // Answers with the route, or 404, 405 (with Allow) or 400 (bad encoding). `matched` becomes
  // the route's pattern, or "none".
  HttpResponse answer(const HttpRequest& request, std::string_view& matched) const;

  // Of the route that will answer.
  Lane lane(const HttpRequest& request) const;

  std::span<const Route> routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> parts_;  // (routes): the patterns, cut at '/'
};

}  // namespace kaskad
