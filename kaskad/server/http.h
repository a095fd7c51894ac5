// HTTP messages as plain values: what the transport (http_server.h) hands to the routes and gets
// back. Nothing here knows sockets.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/server/refusal.h"

namespace kaskad {

// Views into the connection's buffer; they live until the response is given back.
struct HttpRequest {
  std::string_view method;
  std::string_view path;   // still percent-encoded, without the query
  std::string_view query;  // what follows '?', still encoded
  std::string_view body;
  std::string_view content_type = {}, authorization = {};  // headers; empty: absent
  std::string_view inference_header = {};                  // Inference-Header-Content-Length
  std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();
};

// Whose threads answer a request: those of the sockets, which must never wait; those that compute,
// as many as there are CPUs; or those that wait for a disk.
enum class Lane { kSocket, kCompute, kStorage };

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// {"error": message} with `status`.
HttpResponse error_response(int status, std::string_view message);
// The same, with the headers that go with its status.
HttpResponse refused(const Refusal& refusal);

// "a%20b" -> "a b"; false when a '%' is not followed by two hexadecimal digits. `plus_is_space`
// for queries.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& decoded);

// Name and value pairs of a query, decoded; false when it is badly encoded.
bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace kaskad
