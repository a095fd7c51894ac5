#include "kaskad/server/http_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/server/connection.h"

namespace kaskad {

namespace net = boost::asio;
using tcp = net::ip::tcp;

namespace {

// Clients above the limit that may be told so at once; further ones are just disconnected.
constexpr size_t kTurnedAwayAtOnce = 64;
constexpr std::chrono::milliseconds kAcceptAgain{50};  // when out of file descriptors

tcp::endpoint resolve(net::io_context& io, const std::string& host, uint16_t port) {
  boost::system::error_code code;
  const auto found =
      tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::passive, code);
  if (code || found.empty()) throw Error("cannot look up host '" + host + "': " + code.message());
  return found.begin()->endpoint();
}

}  // namespace

// Connections keep the state alive, so that a late one can still say that it has ended.
class HttpServer::State : public std::enable_shared_from_this<State> {
 public:
  State(const HttpServerOptions& options, HttpCallbacks callbacks)
      : options_(options),
        callbacks_(std::move(callbacks)),
        workers_wanted_(options.threads > 0 ? options.threads : default_threads()),
        // One more than compute: when all others do, it goes on reading and writing.
        io_threads_wanted_(workers_wanted_ + 1),
        rates_(options.limits.rate),
        compute_(workers_wanted_, {options.limits.waiting_requests, options.limits.waiting_time}),
        storage_(options.storage_threads, {.most_waiting = options.limits.waiting_requests}),
        io_(io_threads_wanted_),
        acceptor_strand_(net::make_strand(io_)),
        acceptor_(acceptor_strand_),
        accept_timer_(acceptor_strand_) {
    listen();
  }

  void start() {
    net::post(acceptor_strand_, [self = shared_from_this()] { self->accept(); });
    for (int i = 0; i < io_threads_wanted_; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  void stop() {
    if (std::exchange(stopped_, true) || threads_.empty()) return;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& connection : connections_) connection->stop();
    }
    net::post(acceptor_strand_, [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->accept_timer_.cancel();
      self->acceptor_.close(ignored);
    });
    drain();
    compute_.stop();  // before the sockets' threads, which write what the workers made
    storage_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  MaybeRefusal take(Lane lane, std::function<void()> job) {
    KASKAD_ASSERT(lane != Lane::kSocket);
    Workers& workers = lane == Lane::kCompute ? compute_ : storage_;
    if (const auto why = workers.take(std::move(job))) return Refusal{429, *why};
    return std::nullopt;
  }

  MaybeRefusal admit(std::string_view client) { return rates_.take(client); }

  const HttpLimits& limits() const { return options_.limits; }
  tcp::endpoint endpoint() const { return endpoint_; }

 private:
  void listen() {
    const tcp::endpoint wanted = resolve(io_, options_.host, options_.port);
    boost::system::error_code code;
    acceptor_.open(wanted.protocol(), code);
    if (!code) acceptor_.set_option(net::socket_base::reuse_address(true), code);
    if (!code) acceptor_.bind(wanted, code);
    if (!code) acceptor_.listen(net::socket_base::max_listen_connections, code);
    if (code) {
      throw system_error("listen on", options_.host + ":" + std::to_string(options_.port),
                         code.value());
    }
    endpoint_ = acceptor_.local_endpoint();
  }

  void accept() {
    acceptor_.async_accept(
        net::make_strand(io_),
        [self = shared_from_this()](boost::system::error_code code, tcp::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (code) return self->accept_later();
          self->admit(std::move(socket));
          self->accept();
        });
  }

  // Out of file descriptors or memory: the client waits in the backlog meanwhile.
  void accept_later() {
    accept_timer_.expires_after(kAcceptAgain);
    accept_timer_.async_wait([self = shared_from_this()](boost::system::error_code code) {
      if (!code) self->accept();
    });
  }

  void admit(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<Connection>(
        std::move(socket), options_.limits, callbacks_, rates_, compute_, storage_,
        [self = shared_from_this()](const auto& closed) { self->forget(closed); });
    size_t open = 0;
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || connections_.size() >= options_.limits.connections + kTurnedAwayAtOnce) {
        return;
      }
      connections_.insert(connection);
      open = connections_.size();
      callbacks_.connections_changed(open);
    }
    if (open <= options_.limits.connections) return connection->run();
    connection->turn_away("found " + std::to_string(open) + " connections, expected at most " +
                          std::to_string(options_.limits.connections));
  }

  void forget(const std::shared_ptr<Connection>& connection) {
    std::lock_guard lock(mutex_);
    connections_.erase(connection);
    callbacks_.connections_changed(connections_.size());
    if (connections_.empty()) none_left_.notify_all();
  }

  void drain() {
    std::unique_lock lock(mutex_);
    none_left_.wait_for(lock, options_.limits.drain_time, [&] { return connections_.empty(); });
    for (const auto& connection : connections_) connection->abort();
  }

  const HttpServerOptions options_;
  const HttpCallbacks callbacks_;
  const int workers_wanted_, io_threads_wanted_;
  RateLimiter rates_;
  Workers compute_, storage_;
  net::io_context io_;
  net::strand<net::io_context::executor_type> acceptor_strand_;
  tcp::acceptor acceptor_;
  net::steady_timer accept_timer_;
  tcp::endpoint endpoint_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;

  std::mutex mutex_;
  std::condition_variable none_left_;
  bool stopping_ = false;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpCallbacks callbacks)
    : state_(std::make_shared<State>(options, std::move(callbacks))) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() { state_->start(); }

void HttpServer::stop() { state_->stop(); }

MaybeRefusal HttpServer::admit(std::string_view client) { return state_->admit(client); }
MaybeRefusal HttpServer::take(Lane lane, std::function<void()> job) {
  return state_->take(lane, std::move(job));
}

const HttpLimits& HttpServer::limits() const { return state_->limits(); }
uint16_t HttpServer::port() const { return state_->endpoint().port(); }

std::string HttpServer::url() const {
  const auto address = state_->endpoint().address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return "http://" + host + ":" + std::to_string(port());
}

}  // namespace kaskad
