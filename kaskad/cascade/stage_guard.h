// Calls a stage so that whatever it does is an outcome: it answers, or there is a fault, within the
// time budget where it has one. Owned by the stages of retrieval and ranking.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kaskad/cascade/breaker.h"
#include "kaskad/cascade/stage_threads.h"
#include "kaskad/core/error.h"

namespace kaskad {

// What a stage throws whose answer cannot be used.
class NotANumber : public Error {
 public:
  using Error::Error;
};

enum class FaultReason {
  kTime,        // no answer within the budget
  kException,   // it threw
  kNotANumber,  // a score is none, or an item is none
  kBreaker,     // not called: it failed too often just now
  kBusy,        // not called: too many abandoned calls of it still run, or there is no thread
};
const char* to_string(FaultReason reason);  // "time", "exception", "not_a_number", ...
inline constexpr size_t kFaultReasons = 5;

struct StageFault {
  FaultReason reason;
  std::string why;  // a sentence for people
};

// Thread-safe.
class StageGuard {
 public:
  // `time_ms` 0: no budget; the call runs on the caller's thread.
  StageGuard(double time_ms, const BreakerConfig& breaker, std::shared_ptr<StageThreads> threads);

  // A call that was begun.
  class Call;

  // `work` owns all that it touches: it may run on after finish() has given up. `own_thread` asks
  // for another thread than the caller's even without a budget.
  std::shared_ptr<Call> start(std::function<void()> work, bool own_thread = false) const;
  // Waits for it; nothing where it went well. To be called once, by the one who began it.
  std::optional<StageFault> finish(Call& call) const;

  std::optional<StageFault> run(std::function<void()> work) const;

  double time_ms() const { return time_ms_; }
  Breaker::State breaker() const { return state_->breaker.state(); }
  size_t abandoned() const { return state_->abandoned; }  // calls beyond their time that still run

 private:
  struct State {  // outlives the guard with an abandoned call
    explicit State(const BreakerConfig& config) : breaker(config) {}
    Breaker breaker;
    std::atomic<size_t> abandoned{0};
  };

  const double time_ms_;
  const size_t most_abandoned_;
  const std::shared_ptr<StageThreads> threads_;
  const std::shared_ptr<State> state_;
};

}  // namespace kaskad
