#include "kaskad/grpc/unary_call.h"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "kaskad/grpc/grpc_status.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

// Exactly one of answer(), refuse() and the destructor finishes the call; behind that, gRPC may
// have taken its messages away.
class RunningCall {
 public:
  RunningCall(Service& service, UnaryCall call)
      : service_(service), call_(std::move(call)), reactor_(call_.context.DefaultReactor()) {}
  // A lane that stops drops what waits in it.
  ~RunningCall() {
    if (!finished_) finish(Refusal{503, "the server is stopping"}, "");
  }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  void answer() {
    std::string error;
    MaybeRefusal refusal = given_up();
    if (!refusal) refusal = attempt(error);
    finish(refusal, error);
  }

  void refuse(const Refusal& refusal) { finish(refusal, ""); }

 private:
  // Nobody waits for the answer any more: it need not be made.
  MaybeRefusal given_up() const {
    if (call_.context.deadline() < std::chrono::system_clock::now()) {
      return Refusal{408, "the deadline was over before a thread was free"};
    }
    if (call_.context.IsCancelled()) return Refusal{499, "the client has gone"};
    return std::nullopt;
  }

  MaybeRefusal attempt(std::string& error) {
    Metrics& metrics = service_.metrics();
    metrics.in_flight(1);
    MaybeRefusal refusal;
    try {
      refusal = call_.answer();
    } catch (const std::exception& exception) {
      error = exception.what();
      refusal = service_.failed();
    }
    metrics.in_flight(-1);
    return refusal;
  }

  void finish(const MaybeRefusal& refusal, std::string_view error) {
    finished_ = true;
    const std::chrono::duration<double> taken = Clock::now() - arrived_;
    service_.answered({.method = "POST",  // as HTTP/2 carries it
                       .path = call_.path,
                       .query = "",
                       .status = refusal ? refusal->status : 200,
                       .request_bytes = call_.request.ByteSizeLong(),
                       .response_bytes = refusal ? 0 : call_.response.ByteSizeLong(),
                       .seconds = taken.count(),
                       .error = error},
                      call_.path);
    const bool later = refusal && (refusal->status == 429 || refusal->status == 503);
    if (later) {
      call_.context.AddTrailingMetadata("grpc-retry-pushback-ms",
                                        std::to_string(1000 * refusal->retry_after));
    }
    reactor_->Finish(status_of(refusal));
  }

  Service& service_;
  const UnaryCall call_;
  grpc::ServerUnaryReactor* const reactor_;
  const Clock::time_point arrived_ = Clock::now();
  bool finished_ = false;
};

std::string_view metadata_of(const grpc::CallbackServerContext& context, const std::string& name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

// The address in "ipv4:127.0.0.1:4711" or "ipv6:%5B::1%5D:4711", as HTTP counts the same client.
std::string address_in(std::string peer) {
  peer = peer.substr(peer.find(':') + 1);
  peer = peer.substr(0, peer.rfind(':'));
  boost::algorithm::replace_first(peer, "%5B", "");
  boost::algorithm::replace_first(peer, "%5D", "");
  return peer;
}

MaybeRefusal over_rate(Server& server, const grpc::CallbackServerContext& context) {
  const HttpLimits& limits = server.limits();
  if (limits.rate.per_second == 0) return std::nullopt;
  // Names of metadata are lower case.
  const std::string header = boost::algorithm::to_lower_copy(limits.client_header);
  const std::string_view named = header.empty() ? "" : metadata_of(context, header);
  return server.admit(client_of(named, address_in(context.peer())));
}

}  // namespace

grpc::ServerUnaryReactor* run(Server& server, Lane lane, UnaryCall call) {
  const grpc::CallbackServerContext& context = call.context;
  auto running = std::make_shared<RunningCall>(server.service(), std::move(call));
  grpc::ServerUnaryReactor* reactor = running->reactor();
  if (lane == Lane::kSocket) {
    running->answer();
    return reactor;
  }
  MaybeRefusal refusal = over_rate(server, context);
  if (!refusal) refusal = server.take(lane, [running] { running->answer(); });
  if (refusal) running->refuse(*refusal);
  return reactor;
}

std::string_view authorization_of(const grpc::CallbackServerContext& context) {
  return metadata_of(context, "authorization");
}

}  // namespace kaskad
