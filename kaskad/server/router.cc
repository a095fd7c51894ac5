#include "kaskad/server/router.h"

namespace kaskad {
namespace {

std::vector<std::string_view> cut(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    parts.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

// Ids may hold a '/', encoded; so a path is cut first and decoded then.
bool matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path,
             std::vector<std::string_view>& params) {
  if (pattern.size() != path.size()) return false;
  params.clear();
  for (size_t i = 0; i < path.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      params.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

const std::string* RouteCall::find(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    const auto parts = cut(route.pattern);
    parts_.emplace_back(parts.begin(), parts.end());
  }
}

Lane Router::lane(const HttpRequest& request) const {
  const auto path = cut(request.path);
  std::vector<std::string_view> params;
  for (size_t r = 0; r < routes_.size(); ++r) {
    const Route& route = routes_[r];
    if (route.method == request.method && matches(parts_[r], path, params)) return route.lane;
  }
  return Lane::kSocket;
}

HttpResponse Router::answer(const HttpRequest& request, std::string_view& matched) const {
  matched = "none";
  if (!request.path.starts_with('/')) return error_response(400, "the path does not begin with /");
  const auto path = cut(request.path);
  std::vector<std::string_view> params;
  std::string allowed;
  for (size_t r = 0; r < routes_.size(); ++r) {
    if (!matches(parts_[r], path, params)) continue;
    matched = routes_[r].pattern;
    if (routes_[r].method != request.method) {
      if (!allowed.empty()) allowed += ", ";
      allowed += routes_[r].method == "GET" ? "GET, HEAD" : routes_[r].method;
      continue;
    }
    RouteCall call{request, std::vector<std::string>(params.size()), {}};
    bool decodes = parse_query(request.query, call.query);
    for (size_t i = 0; i < params.size(); ++i) {
      decodes = percent_decode(params[i], false, call.params[i]) && decodes;
    }
    if (!decodes) return error_response(400, "the path or the query is badly percent-encoded");
    return routes_[r].answer(call);
  }
  if (allowed.empty()) return error_response(404, "there is nothing at this path");
  HttpResponse response = error_response(405, "this path takes " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace kaskad
