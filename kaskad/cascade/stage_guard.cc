#include "kaskad/cascade/stage_guard.h"

#include <condition_variable>
#include <exception>
#include <mutex>

namespace kaskad {
namespace {

using GuardClock = std::chrono::steady_clock;

std::string limit_text(double time_ms) {
  std::string text = std::to_string(time_ms);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " ms";
}

std::optional<StageFault> fault_of(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const NotANumber& error) {
    return StageFault{FaultReason::kNotANumber, error.what()};
  } catch (const std::exception& error) {
    return StageFault{FaultReason::kException, std::string("it failed: ") + error.what()};
  } catch (...) {
    return StageFault{FaultReason::kException,
                      "it failed with something that is no exception of ours"};
  }
}

}  // namespace

const char* to_string(FaultReason reason) {
  constexpr const char* kNames[kFaultReasons] = {"time", "exception", "not_a_number", "breaker",
                                                 "busy"};
  return kNames[static_cast<size_t>(reason)];
}

class StageGuard::Call {
 public:
  GuardClock::time_point began = GuardClock::now();
  bool called = true;  // else there is a fault from the beginning
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false, given_up = false;
  std::optional<StageFault> fault;
};

StageGuard::StageGuard(double time_ms, const BreakerConfig& breaker,
                       std::shared_ptr<StageThreads> threads)
    : time_ms_(time_ms),
      most_abandoned_(breaker.most_abandoned),
      threads_(std::move(threads)),
      state_(std::make_shared<State>(breaker)) {}

std::shared_ptr<StageGuard::Call> StageGuard::start(std::function<void()> work,
                                                    bool own_thread) const {
  auto call = std::make_shared<Call>();
  const auto refuse = [&](FaultReason reason, const std::string& why) {
    call->called = false;
    call->done = true;
    call->fault = StageFault{reason, why};
    return call;
  };
  if (state_->abandoned >= most_abandoned_) {
    return refuse(FaultReason::kBusy, "not called: " + std::to_string(state_->abandoned.load()) +
                                          " calls beyond their time still run");
  }
  if (!state_->breaker.allows(call->began)) {
    return refuse(FaultReason::kBreaker, "not called: it failed several times in a row just now");
  }
  if (time_ms_ == 0 && !own_thread) {
    call->fault = fault_of(work);
    call->done = true;
    return call;
  }
  const bool taken = threads_->take([call, state = state_, work = std::move(work)] {
    std::optional<StageFault> fault = fault_of(work);
    {
      const std::lock_guard lock(call->mutex);
      call->fault = std::move(fault);
      call->done = true;
      if (call->given_up) --state->abandoned;
    }
    call->ended.notify_one();  // without the lock, which the woken thread takes
  });
  if (taken) return call;
  state_->breaker.failed(call->began);
  return refuse(FaultReason::kBusy, "not called: all " + std::to_string(threads_->count()) +
                                        " threads for stages are busy");
}

std::optional<StageFault> StageGuard::finish(Call& call) const {
  std::optional<StageFault> fault;
  {
    std::unique_lock lock(call.mutex);
    const auto done = [&] { return call.done; };
    if (time_ms_ == 0) {
      call.ended.wait(lock, done);
    } else {
      const auto budget = std::chrono::microseconds(static_cast<int64_t>(time_ms_ * 1000));
      call.ended.wait_until(lock, call.began + budget, done);
    }
    if (call.done) {
      fault = call.fault;
    } else {
      call.given_up = true;
      ++state_->abandoned;
      fault = StageFault{FaultReason::kTime, "no answer within " + limit_text(time_ms_)};
    }
  }
  if (!call.called) return fault;
  if (fault) {
    state_->breaker.failed(GuardClock::now());
  } else {
    state_->breaker.succeeded();
  }
  return fault;
}

std::optional<StageFault> StageGuard::run(std::function<void()> work) const {
  return finish(*start(std::move(work)));
}

}  // namespace kaskad
