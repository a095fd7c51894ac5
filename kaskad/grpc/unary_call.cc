#include "kaskad/grpc/unary_call.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "kaskad/grpc/answering.h"
#include "kaskad/grpc/grpc_status.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

// Exactly one of answer(), refuse() and the destructor finishes the call; behind that, gRPC may
// have taken its messages away.
class RunningCall {
 public:
  RunningCall(Service& service, UnaryCall call)
      : service_(service), call_(std::move(call)), reactor_(call_.context.DefaultReactor()) {}
  // A lane that stops drops what waits in it.
  ~RunningCall() {
    if (!finished_) finish({stopping()});
  }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  void answer() {
    MadeAnswer made = {given_up(call_.context)};
    if (!made.refusal) made = make_answer(service_, call_.answer);
    finish(made);
  }

  void refuse(const Refusal& refusal) { finish({refusal}); }

 private:
  void finish(const MadeAnswer& made) {
    finished_ = true;
    const MaybeRefusal& refusal = made.refusal;
    count_answer(service_, call_.path, call_.request, call_.response, made, arrived_);
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
  const std::chrono::steady_clock::time_point arrived_ = std::chrono::steady_clock::now();
  bool finished_ = false;
};

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

}  // namespace kaskad
