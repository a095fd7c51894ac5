// One connection to an HTTP/1.1 server, kept for the next request. Called by those who ask a
// running server as anybody would: the simulator (kaskad/sim/) and the doctor (kaskad/doctor/).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace kaskad {

struct HttpAddress {
  std::string host;
  uint16_t port = 80;
  std::string path;  // without a / at the end; what request targets begin with

  bool loopback() const;  // by its text: localhost, 127.x.x.x, ::1
};

// "http://127.0.0.1:8080", with or without a path. Throws Error on anything else.
HttpAddress parse_http_address(const std::string& url);

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// Not thread-safe.
class HttpClient {
 public:
  HttpClient(HttpAddress address, std::chrono::milliseconds timeout);
  ~HttpClient();

  // Both connect where needed, and throw Error naming the address when no answer comes in time.
  HttpAnswer get(const std::string& target);
  HttpAnswer post_json(const std::string& target, const std::string& body);

 private:
  struct Connection;

  template <typename Request>
  HttpAnswer exchange(Request request);

  HttpAddress address_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace kaskad
