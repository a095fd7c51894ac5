#include "kaskad/client/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kMostBody = 64 << 20;

Error no_answer(const HttpAddress& address, const error_code& code) {
  return Error("http://" + address.host + ":" + std::to_string(address.port) + ": found '" +
               code.message() + "', expected an answer");
}

}  // namespace

// Waits for each step, within a time: Beast counts it for asynchronous steps only.
struct HttpClient::Connection {
  net::io_context context;
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;

  template <typename Begin>
  error_code wait(std::chrono::milliseconds timeout, const Begin& begin) {
    error_code outcome;
    stream.expires_after(timeout);
    begin([&outcome](const error_code& code, auto&&...) { outcome = code; });
    context.restart();
    context.run();
    return outcome;
  }
};

bool HttpAddress::loopback() const {
  const bool digits = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (digits && host.starts_with("127."));
}

HttpAddress parse_http_address(const std::string& url) {
  const std::string scheme = "http://";
  const Error bad("address '" + url + "': expected one such as http://127.0.0.1:8080");
  if (!url.starts_with(scheme)) throw bad;
  HttpAddress out;
  std::string rest = url.substr(scheme.size());
  if (const size_t slash = rest.find('/'); slash != std::string::npos) {
    out.path = rest.substr(slash);
    while (out.path.ends_with('/')) out.path.pop_back();
    rest.resize(slash);
  }
  const size_t colon = rest.rfind(':');
  const bool bracket = rest.starts_with('[');
  const bool has_port = colon != std::string::npos && (!bracket || rest[colon - 1] == ']');
  if (has_port) {
    const char* end = rest.data() + rest.size();
    const auto [read, failure] = std::from_chars(rest.data() + colon + 1, end, out.port);
    if (failure != std::errc() || read != end || out.port == 0) throw bad;
    rest.resize(colon);
  }
  out.host = bracket && rest.ends_with(']') ? rest.substr(1, rest.size() - 2) : rest;
  if (out.host.empty()) throw bad;
  return out;
}

HttpClient::HttpClient(HttpAddress address, std::chrono::milliseconds timeout)
    : address_(std::move(address)), timeout_(timeout) {}

HttpClient::~HttpClient() = default;

template <typename Request>
HttpAnswer HttpClient::exchange(Request request) {
  request.set(http::field::host, address_.host + ":" + std::to_string(address_.port));
  request.prepare_payload();
  error_code failure;
  // A kept connection may have been closed by the server meanwhile: once more, with a new one.
  for (const bool kept : {connection_ != nullptr, false}) {
    if (!kept) {
      connection_ = std::make_unique<Connection>();
      net::ip::tcp::resolver resolver(connection_->context);
      const auto found = resolver.resolve(address_.host, std::to_string(address_.port), failure);
      if (failure) throw no_answer(address_, failure);
      failure = connection_->wait(
          timeout_, [&](auto done) { connection_->stream.async_connect(found, done); });
      if (failure) throw no_answer(address_, failure);
    }
    http::response_parser<http::string_body> answer;
    answer.body_limit(kMostBody);
    failure = connection_->wait(
        timeout_, [&](auto done) { http::async_write(connection_->stream, request, done); });
    if (!failure) {
      failure = connection_->wait(timeout_, [&](auto done) {
        http::async_read(connection_->stream, connection_->buffer, answer, done);
      });
    }
    if (!failure) {
      const bool keep = answer.get().keep_alive();
      HttpAnswer out{static_cast<int>(answer.get().result_int()), std::move(answer.get().body())};
      if (!keep) connection_.reset();
      return out;
    }
    connection_.reset();
    if (!kept || failure == beast::error::timeout) break;
  }
  throw no_answer(address_, failure);
}

HttpAnswer HttpClient::get(const std::string& target) {
  return exchange(http::request<http::string_body>{http::verb::get, address_.path + target, 11});
}

HttpAnswer HttpClient::post_json(const std::string& target, const std::string& body) {
  http::request<http::string_body> request{http::verb::post, address_.path + target, 11};
  request.set(http::field::content_type, "application/json");
  request.body() = body;
  return exchange(std::move(request));
}

}  // namespace kaskad
