#include "bench/open_loop/load.h"

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad::bench {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using tcp = net::ip::tcp;
using LoadClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLastAnswers{10};  // how long the answers of the end are waited for

// The whole request as it goes over the wire, made once.
std::string request_text(const HttpAddress& address, const std::string& body) {
  return "POST " + address.path + " HTTP/1.1\r\nHost: " + address.host + ":" +
         std::to_string(address.port) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class Load;

// One connection; opened again where the server closes it.
class Asker : public std::enable_shared_from_this<Asker> {
 public:
  Asker(net::io_context& io, const tcp::endpoint& server, Load& load)
      : socket_(io), server_(server), load_(load) {}

  void connect() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    socket_ = tcp::socket(socket_.get_executor());
    socket_.connect(server_);
    socket_.set_option(tcp::no_delay(true));
    buffer_.clear();
  }
  void ask(Outcome& outcome, const std::string& text);
  // The answer's header `name` to one request; blocks.
  std::string ask_for(const std::string& name, const std::string& text) {
    net::write(socket_, net::buffer(text));
    http::response<http::string_body> answer;
    http::read(socket_, buffer_, answer);
    return answer[name];
  }

 private:
  void finish(Outcome& outcome, bool stays);

  tcp::socket socket_;
  const tcp::endpoint server_;
  Load& load_;
  boost::beast::flat_buffer buffer_;
  http::response<http::string_body> answer_;
};

class Load {
 public:
  Load(const HttpAddress& address, const std::vector<std::string>& bodies,
       const LoadOptions& options)
      : options_(options), timer_(io_), random_(1) {
    for (const std::string& body : bodies) texts_.push_back(request_text(address, body));
    const tcp::endpoint server(net::ip::make_address(address.host), address.port);
    std::map<std::string, size_t> opened;
    for (size_t i = 0; i < options.connections; ++i) {
      idle_.push_back(std::make_shared<Asker>(io_, server, *this));
      open_balanced(*idle_.back(), opened);
    }
  }

  std::vector<Outcome> run() {
    plan();
    began_ = LoadClock::now();
    next_due();
    io_.run_for(std::chrono::duration_cast<LoadClock::duration>(
                    std::chrono::duration<double>(options_.seconds)) +
                kLastAnswers);
    return std::move(outcomes_);
  }

  double now() const { return std::chrono::duration<double>(LoadClock::now() - began_).count(); }

  void idle(std::shared_ptr<Asker> asker) {
    idle_.push_back(std::move(asker));
    serve();
  }

 private:
  void open_balanced(Asker& asker, std::map<std::string, size_t>& opened) {
    asker.connect();
    if (options_.spread.empty()) return;
    const size_t share = (options_.connections + options_.workers - 1) / options_.workers;
    for (int attempt = 0; attempt < 1000; ++attempt) {
      size_t& mine = opened[asker.ask_for(options_.spread, texts_.front())];
      if (mine < share) {
        ++mine;
        return;
      }
      asker.connect();
    }
    throw Error("found only " + std::to_string(opened.size()) + " values of the header '" +
                options_.spread + "', expected " + std::to_string(options_.workers));
  }

  void plan() {
    std::exponential_distribution<double> pause(options_.rate);
    double due = 0;
    while (due < options_.seconds) {
      outcomes_.push_back({.due = due});
      due += options_.poisson ? pause(random_) : 1 / options_.rate;
    }
  }

  void next_due() {
    if (at_ == outcomes_.size()) return;
    timer_.expires_at(began_ + std::chrono::duration_cast<LoadClock::duration>(
                                   std::chrono::duration<double>(outcomes_[at_].due)));
    timer_.async_wait([this](boost::system::error_code) {
      for (const double moment = now(); at_ < outcomes_.size() && outcomes_[at_].due <= moment;) {
        waiting_.push_back(at_++);
      }
      serve();
      next_due();
    });
  }

  void serve() {
    while (!waiting_.empty() && !idle_.empty()) {
      const size_t request = waiting_.front();
      waiting_.pop_front();
      const std::shared_ptr<Asker> asker = idle_.front();
      idle_.pop_front();
      asker->ask(outcomes_[request], texts_[request % texts_.size()]);
    }
  }

  const LoadOptions& options_;
  net::io_context io_{1};
  net::steady_timer timer_;
  std::mt19937_64 random_;
  std::vector<std::string> texts_;
  std::vector<Outcome> outcomes_;  // all that will be asked
  size_t at_ = 0;                  // the next that becomes due
  std::deque<size_t> waiting_;     // due, and no connection is idle
  std::deque<std::shared_ptr<Asker>> idle_;
  LoadClock::time_point began_;
};

void Asker::ask(Outcome& outcome, const std::string& text) {
  answer_ = {};
  net::async_write(socket_, net::buffer(text),
                   [self = shared_from_this(), &outcome](boost::system::error_code code, size_t) {
                     if (code) return self->finish(outcome, false);
                     http::async_read(self->socket_, self->buffer_, self->answer_,
                                      [self, &outcome](boost::system::error_code failed, size_t) {
                                        if (!failed) outcome.status = self->answer_.result_int();
                                        self->finish(outcome,
                                                     !failed && self->answer_.keep_alive());
                                      });
                   });
}

void Asker::finish(Outcome& outcome, bool stays) {
  outcome.seconds = load_.now() - outcome.due;
  if (!stays) connect();
  load_.idle(shared_from_this());
}

}  // namespace

std::vector<Outcome> put_load(const HttpAddress& address, const std::vector<std::string>& bodies,
                              const LoadOptions& options) {
  try {
    return Load(address, bodies, options).run();
  } catch (const boost::system::system_error& error) {
    throw Error("asking http://" + address.host + ":" + std::to_string(address.port) + ": " +
                error.what());
  }
}

}  // namespace kaskad::bench
