#include "kaskad/grpc/infer_streams.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "kaskad/grpc/answering.h"
#include "kaskad/grpc/grpc_status.h"
#include "kaskad/grpc/infer_message.h"
#include "kaskad/server/service.h"

namespace kaskad {

// One stream. gRPC calls it back when a message has come or gone; between these two, the message
// has its turn on a thread that computes. Only who holds the turn may begin something with gRPC,
// and nothing may be begun behind Finish().
class InferStream final : public InferStreams::Reactor {
 public:
  InferStream(Server& server, grpc::CallbackServerContext& context, InferStreams& streams)
      : server_(server), context_(context), streams_(streams) {}

  void read_next() {
    const uint64_t number = ask();
    StartRead(&request_);
    if (asked(number)) end_for_stop();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    if (leave(State::kReading, State::kOver)) end_for_stop();
  }

  void OnReadDone(bool ok) override {
    if (!leave(State::kAsking, State::kAnswering) && !leave(State::kReading, State::kAnswering)) {
      return;  // stop() came before
    }
    if (!ok) return end(grpc::Status::OK);  // the client has said all, or has gone
    arrived_ = std::chrono::steady_clock::now();
    const auto turn = std::make_shared<Turn>(*this);
    MaybeRefusal refusal = over_rate(server_, context_);
    if (!refusal) refusal = server_.take(Lane::kCompute, [turn] { turn->answer(); });
    if (refusal) turn->finish({refusal});
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return end({grpc::StatusCode::CANCELLED, "the client has gone"});
    if (stopping()) return end(status_of(kaskad::stopping()));
    request_.Clear();
    response_.Clear();
    read_next();
  }

  void OnDone() override { streams_.forget(this); }

 private:
  enum class State { kAsking, kReading, kAnswering, kOver };

  // A request on its way through the lane. A lane that stops drops what waits in it.
  class Turn {
   public:
    explicit Turn(InferStream& stream) : stream_(stream) {}
    ~Turn() {
      if (!finished_) finish({kaskad::stopping()});
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void answer() {
      InferStream& own = stream_;
      Service& service = own.server_.service();
      MadeAnswer made = {given_up(own.context_)};
      if (!made.refusal) {
        made = make_answer(service, [&] {
          return infer_message(service, own.request_, own.arrived_,
                               *own.response_.mutable_infer_response());
        });
      }
      finish(made);
    }

    void finish(const MadeAnswer& made) {
      finished_ = true;
      stream_.write(made);
    }

   private:
    InferStream& stream_;
    bool finished_ = false;
  };

  // What went wrong with one request is said in its answer, and the stream goes on.
  void write(const MadeAnswer& made) {
    inference::ModelInferResponse& inferred = *response_.mutable_infer_response();
    if (made.refusal) {
      response_.set_error_message(made.refusal->why);
      inferred.Clear();
      inferred.set_id(request_.id());
    }
    // Triton's clients may wait for this; a request has one answer here.
    (*inferred.mutable_parameters())["triton_final_response"].set_bool_param(true);
    count_answer(server_.service(), "/inference.GRPCInferenceService/ModelStreamInfer", request_,
                 response_, made, arrived_);
    StartWrite(&response_);
  }

  // From one state to another; false where it is in neither.
  bool leave(State from, State to) {
    const std::lock_guard lock(mutex_);
    if (state_ != from) return false;
    state_ = to;
    return true;
  }
  uint64_t ask() {
    const std::lock_guard lock(mutex_);
    state_ = State::kAsking;
    return ++reads_;
  }
  // The read has begun, so that from here on stop() may finish the stream. True where it would have
  // meanwhile. The message of this read, and others, may have come already.
  bool asked(uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kAsking || reads_ != number) return false;
    state_ = stopping_ ? State::kOver : State::kReading;
    return stopping_;
  }
  bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void end(const grpc::Status& status) {
    leave(State::kAnswering, State::kOver);
    Finish(status);
  }
  void end_for_stop() { Finish(status_of(kaskad::stopping())); }

  Server& server_;
  grpc::CallbackServerContext& context_;
  InferStreams& streams_;
  inference::ModelInferRequest request_;
  inference::ModelStreamInferResponse response_;
  std::chrono::steady_clock::time_point arrived_;

  mutable std::mutex mutex_;
  State state_ = State::kAsking;
  uint64_t reads_ = 0;
  bool stopping_ = false;
};

InferStreams::Reactor* InferStreams::open(grpc::CallbackServerContext& context) {
  const auto stream = std::make_shared<InferStream>(server_, context, *this);
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    open_.insert(stream);
    stopping = stopping_;
  }
  stream->read_next();
  if (stopping) stream->stop();
  return stream.get();
}

// gRPC may call OnDone() from within Finish(), so none is called under the lock.
void InferStreams::stop() {
  std::vector<std::shared_ptr<InferStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    streams.assign(open_.begin(), open_.end());
  }
  for (const auto& stream : streams) stream->stop();
}

void InferStreams::forget(const InferStream* stream) {
  std::shared_ptr<InferStream> last;  // ends outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(open_, stream, &std::shared_ptr<InferStream>::get);
  last = *found;
  open_.erase(found);
}

}  // namespace kaskad
