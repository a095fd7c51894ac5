#include "kaskad/cascade/breaker.h"

namespace kaskad {

bool Breaker::allows(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kClosed) return true;
  if (state_ == State::kTrying || now < until_) return false;
  state_ = State::kTrying;
  return true;
}

void Breaker::succeeded() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  state_ = State::kClosed;
}

void Breaker::failed(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++failures_;
  if (failures_ < config_.failures && state_ == State::kClosed) return;
  state_ = State::kOpen;
  until_ = now + std::chrono::microseconds(static_cast<int64_t>(config_.open_ms * 1000));
}

Breaker::State Breaker::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace kaskad
