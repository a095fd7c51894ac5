#include "kaskad/server/connection.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace kaskad {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

constexpr size_t kReadSize = 4096;
// After a refusal the client may still be sending; closing at once would reset the connection
// and take the response with it. So the rest is read away, within these bounds.
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::chrono::milliseconds kCancelAgain{100};
constexpr size_t kLingerBytes = 8 << 20;
// A body up to this is read even where there is no time for the request: that costs less than the
// new connection that a client needs whose body is not taken.
constexpr size_t kSmallBody = 64 << 10;

// Status 0: the client has gone, there is nobody to answer.
Refusal refusal_of(const boost::system::error_code& code, bool timed_out,
                   const HttpLimits& limits) {
  if (timed_out) return {408, "the request took longer than the server waits"};
  if (code == http::error::body_limit) {
    return {413, "found a larger body, expected at most " + std::to_string(limits.body_bytes) +
                     " bytes"};
  }
  if (code == http::error::header_limit) {
    return {431, "found a larger header, expected at most " + std::to_string(limits.header_bytes) +
                     " bytes"};
  }
  const bool gone = code == http::error::end_of_stream || code == http::error::partial_message;
  const bool parsing = code.category() == make_error_code(http::error::bad_method).category();
  if (gone || !parsing) return {0, ""};
  return {400, "the request is no HTTP/1.1: " + code.message()};
}

}  // namespace

Connection::Connection(Socket socket, const HttpLimits& limits, const HttpCallbacks& callbacks,
                       RateLimiter& rates, Workers& compute, Workers& storage, Closed closed)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      limits_(limits),
      callbacks_(callbacks),
      rates_(rates),
      compute_(compute),
      storage_(storage),
      closed_callback_(std::move(closed)) {
  Code gone;
  const auto client = socket_.remote_endpoint(gone);
  if (!gone) address_ = client.address().to_string();
}

void Connection::run() {
  net::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->wait_for_request(); });
}

void Connection::turn_away(std::string why) {
  net::dispatch(socket_.get_executor(), [self = shared_from_this(), why = std::move(why)] {
    self->respond(self->busy_response({503, why}), false, false);
  });
}

HttpResponse Connection::busy_response(const Refusal& refusal) const {
  HttpResponse response = callbacks_.refuse(refusal.status, refusal.why);
  response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after));
  return response;
}

void Connection::stop() {
  net::dispatch(socket_.get_executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (self->idle_) self->close();
  });
}

void Connection::abort() {
  net::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->close(); });
}

void Connection::wait_for_request() {
  if (closed_) return;
  if (buffer_.size() > 0) return read_header();  // pipelined
  if (stopping_) return linger();
  idle_ = true;
  set_deadline(limits_.idle_time);
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this()](Code code, size_t bytes) {
                            self->idle_ = false;
                            if (code) return self->close();
                            self->buffer_.commit(bytes);
                            self->read_header();
                          });
}

void Connection::read_header() {
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(limits_.header_bytes));
  parser_->body_limit(limits_.body_bytes);
  set_deadline(limits_.header_time);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](Code code, size_t) { self->on_header(code); });
}

void Connection::on_header(Code code) {
  if (code) return refuse(code);
  over_rate_ = std::nullopt;
  if (rates_.limits() && callbacks_.lane(request()) != Lane::kSocket) {
    const std::string& header = limits_.client_header;
    const std::string_view named = header.empty() ? "" : parser_->get()[header];
    over_rate_ = rates_.take(client_of(named, address_));
  }
  if (parser_->is_done()) return handle();
  if (refuse_before_body()) return;
  set_deadline(limits_.body_time);
  const bool asks = boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
  if (!asks) return read_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(socket_, net::buffer(kContinue),
                   [self = shared_from_this()](Code failure, size_t) {
                     failure ? self->close() : self->read_body();
                   });
}

void Connection::read_body() {
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](Code code, size_t) { self->on_body(code); });
}

void Connection::on_body(Code code) { code ? refuse(code) : handle(); }

HttpRequest Connection::request() const {
  const auto& message = parser_->get();
  const std::string_view method = message.method_string();
  const std::string_view target = message.target();
  const size_t mark = target.find('?');
  HttpRequest request;
  request.method = method == "HEAD" ? "GET" : method;
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  request.body = message.body();
  request.content_type = message[http::field::content_type];
  request.authorization = message[http::field::authorization];
  request.inference_header = message["Inference-Header-Content-Length"];
  return request;
}

// Null: the thread of the socket.
Workers* Connection::workers_for(const HttpRequest& request) {
  const Lane lane = callbacks_.lane(request);
  if (lane == Lane::kSocket) return nullptr;
  return lane == Lane::kCompute ? &compute_ : &storage_;
}

// Whether there is no time for a request whose large body has yet to come: then it is told so, and
// the body is neither waited for nor kept.
bool Connection::refuse_before_body() {
  const auto length = parser_->content_length_remaining();  // none: chunked
  if (length && *length <= kSmallBody) return false;
  MaybeRefusal refusal = over_rate_;
  if (const Workers* workers = refusal ? nullptr : workers_for(request())) {
    if (const auto why = workers->full()) refusal = Refusal{429, *why};
  }
  if (refusal) respond(busy_response(*refusal), false, false);
  return refusal.has_value();
}

void Connection::handle() {
  const auto& message = parser_->get();
  const HttpRequest asked = request();
  const bool head = message.method_string() == "HEAD";
  if (over_rate_) {
    return respond(busy_response(*over_rate_), message.keep_alive() && !stopping_, head);
  }
  if (Workers* workers = workers_for(asked)) {
    return hand_over(*workers, asked, message.keep_alive(), head);
  }
  respond(callbacks_.handle(asked), message.keep_alive() && !stopping_, head);
}

// The request's views stay good meanwhile: nothing is read before the response is written. What
// computes may do so here; what waits for a disk must not, since all threads of sockets would.
void Connection::hand_over(Workers& workers, const HttpRequest& request, bool keep_alive,
                           bool head) {
  lift_deadline();
  if (&workers == &compute_) {
    HttpResponse response;
    if (compute_.run_here([&] { response = callbacks_.handle(request); })) {
      return respond(std::move(response), keep_alive && !stopping_, head);
    }
  }
  const auto why = workers.take([self = shared_from_this(), request, keep_alive, head] {
    net::post(self->socket_.get_executor(),
              [self, keep_alive, head, response = self->callbacks_.handle(request)]() mutable {
                self->respond(std::move(response), keep_alive && !self->stopping_, head);
              });
  });
  if (why) respond(busy_response({429, *why}), keep_alive && !stopping_, head);
}

void Connection::refuse(Code code) {
  const Refusal refusal = refusal_of(code, timed_out_, limits_);
  if (closed_ || refusal.status == 0) return close();
  respond(callbacks_.refuse(refusal.status, refusal.why), false, false);
}

void Connection::respond(HttpResponse response, bool keep_alive, bool head) {
  response_ = {};
  response_.result(static_cast<unsigned>(response.status));
  response_.set(http::field::server, "kaskad");
  response_.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.keep_alive(keep_alive);
  response_.content_length(response.body.size());
  if (!head) response_.body() = std::move(response.body);
  set_deadline(limits_.response_time);
  http::async_write(socket_, response_, [self = shared_from_this(), keep_alive](Code code, size_t) {
    if (code) return self->close();
    keep_alive ? self->wait_for_request() : self->linger();
  });
}

void Connection::linger() {
  if (closed_) return;
  Code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  buffer_.clear();
  set_deadline(kLingerTime);
  discard();
}

void Connection::discard() {
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this()](Code code, size_t bytes) {
                            self->discarded_ += bytes;
                            const bool enough = self->discarded_ > kLingerBytes;
                            code || enough ? self->close() : self->discard();
                          });
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  Code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  closed_callback_(shared_from_this());
}

// Moving a deadline further away costs a store: the timer looks again when it fires.
void Connection::set_deadline(std::chrono::milliseconds time) {
  timed_out_ = false;
  deadline_ = steady_clock::now() + time;
  if (!timer_armed_ || deadline_ < timer_.expiry()) arm_timer();
}

// While a worker has the request, its length is our affair and not the client's.
void Connection::lift_deadline() {
  timed_out_ = false;
  deadline_ = steady_clock::time_point::max();
}

// What was read before the end may be handled after it: a timer that began then would keep the
// server's threads, which stop when nothing is left to wait for.
void Connection::arm_timer() {
  if (closed_) return;
  timer_armed_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](Code code) {
    if (code || self->closed_) return;
    self->timer_armed_ = false;
    if (steady_clock::now() < self->deadline_) return self->arm_timer();
    self->timed_out_ = true;
    Code ignored;
    self->socket_.cancel(ignored);
    // A composed read may be between two steps and miss the cancel, so it is repeated.
    self->deadline_ = steady_clock::now() + kCancelAgain;
    self->arm_timer();
  });
}

}  // namespace kaskad
