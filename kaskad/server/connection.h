// One client of the HTTP server, from accept to close; private to the transport. All members
// run on the connection's strand but stop(), abort() and the constructor.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>  // Boost 1.81 uses std::exchange without it

#include "kaskad/server/http_server.h"
#include "kaskad/server/rate_limiter.h"
#include "kaskad/server/workers.h"

namespace kaskad {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Closed = std::function<void(const std::shared_ptr<Connection>&)>;

  Connection(Socket socket, const HttpLimits& limits, const HttpCallbacks& callbacks,
             RateLimiter& rates, Workers& compute, Workers& storage, Closed closed);

  void run();                       // serves requests until the end
  void turn_away(std::string why);  // 503, then the end
  void stop();                      // ends after the request in flight, at once when there is none
  void abort();                     // ends now

 private:
  using Code = boost::system::error_code;

  void wait_for_request();
  void read_header();
  void on_header(Code code);
  void read_body();
  void on_body(Code code);
  HttpRequest request() const;
  Workers* workers_for(const HttpRequest& request);
  bool refuse_before_body();
  void handle();
  void hand_over(Workers& workers, const HttpRequest& request, bool keep_alive, bool head);
  HttpResponse busy_response(const Refusal& refusal) const;
  void refuse(Code code);
  void respond(HttpResponse response, bool keep_alive, bool head);
  void linger();
  void discard();
  void close();

  void set_deadline(std::chrono::milliseconds time);
  void lift_deadline();
  void arm_timer();

  Socket socket_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_;
  const HttpLimits& limits_;
  const HttpCallbacks& callbacks_;
  RateLimiter& rates_;
  Workers& compute_;
  Workers& storage_;
  const Closed closed_callback_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::string address_;     // of the client
  MaybeRefusal over_rate_;  // of the request that is read
  bool timer_armed_ = false;
  bool timed_out_ = false;
  bool idle_ = false;
  bool stopping_ = false;
  bool closed_ = false;
  size_t discarded_ = 0;
};

}  // namespace kaskad
