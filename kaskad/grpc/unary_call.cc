#include "kaskad/grpc/unary_call.h"

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
    if (later) call_.context.AddTrailingMetadata("grpc-retry-pushback-ms", "1000");
    reactor_->Finish(status_of(refusal));
  }

  Service& service_;
  const UnaryCall call_;
  grpc::ServerUnaryReactor* const reactor_;
  const Clock::time_point arrived_ = Clock::now();
  bool finished_ = false;
};

}  // namespace

grpc::ServerUnaryReactor* run(Server& server, Lane lane, UnaryCall call) {
  auto running = std::make_shared<RunningCall>(server.service(), std::move(call));
  grpc::ServerUnaryReactor* reactor = running->reactor();
  if (lane == Lane::kSocket) {
    running->answer();
  } else if (auto refusal = server.take(lane, [running] { running->answer(); })) {
    running->refuse(*refusal);
  }
  return reactor;
}

std::string_view authorization_of(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace kaskad
