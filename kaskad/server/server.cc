#include "kaskad/server/server.h"

#include <utility>

#include "kaskad/server/service.h"

namespace kaskad {

struct Server::State {
  State(Bundles bundles, const ServerOptions& options)
      : service(std::move(bundles), options.service), transport(options.http, callbacks()) {}

  HttpCallbacks callbacks() {
    return {[this](const HttpRequest& request) { return service.handle(request); },
            [this](const HttpRequest& request) { return service.router().lane(request); },
            [this](int status, const std::string& why) { return service.refuse(status, why); },
            [this](size_t open) { service.metrics().connections(open); }};
  }

  Service service;  // outlives the transport that calls it
  HttpServer transport;
};

Server::Server(Bundles bundles, const ServerOptions& options)
    : state_(std::make_unique<State>(std::move(bundles), options)) {}

Server::~Server() { stop(); }

void Server::start() { state_->transport.start(); }

void Server::replace(Bundles bundles) { state_->service.replace(std::move(bundles)); }
void Server::reload() { state_->service.reload(); }
std::string Server::version() const { return state_->service.served()->version(); }

Service& Server::service() { return state_->service; }
MaybeRefusal Server::take(Lane lane, std::function<void()> job) {
  return state_->transport.take(lane, std::move(job));
}

MaybeRefusal Server::admit(std::string_view client) { return state_->transport.admit(client); }

void Server::stop() {
  state_->service.set_ready(false);
  state_->transport.stop();
}

const HttpLimits& Server::limits() const { return state_->transport.limits(); }
uint16_t Server::port() const { return state_->transport.port(); }
std::string Server::url() const { return state_->transport.url(); }

}  // namespace kaskad
