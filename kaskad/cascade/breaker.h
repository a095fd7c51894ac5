// Leaves a stage alone that keeps failing: after so many failures one after the other it is not
// called for a while, then by one request that tries it. Owned by a StageGuard.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

#include "kaskad/cascade/config.h"

namespace kaskad {

// Thread-safe.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State { kClosed, kOpen, kTrying };

  explicit Breaker(const BreakerConfig& config) : config_(config) {}

  // Whether the stage may be called now; then succeeded() or failed() follows.
  bool allows(Clock::time_point now);
  void succeeded();
  void failed(Clock::time_point now);
  State state() const;

 private:
  const BreakerConfig config_;
  mutable std::mutex mutex_;
  size_t failures_ = 0;  // since the last success
  State state_ = State::kClosed;
  Clock::time_point until_;  // when it was opened: until then
};

}  // namespace kaskad
