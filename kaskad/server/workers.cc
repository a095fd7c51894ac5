#include "kaskad/server/workers.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kaskad {
namespace {

using WorkClock = std::chrono::steady_clock;

// Of the mean, what one job says; the rest is what those before it said. About 30 jobs are
// remembered: enough that one that hangs does not shut everybody out, few enough to follow a new
// model.
constexpr double kNewest = 1.0 / 32;

}  // namespace

Workers::Workers(int threads, WaitLimits limits)
    : num_threads_(static_cast<size_t>(threads)), limits_(limits) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() { stop(); }

std::optional<std::string> Workers::take(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (auto why = full_locked()) return why;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return std::nullopt;
}

std::optional<std::string> Workers::full() const {
  std::lock_guard lock(mutex_);
  return full_locked();
}

// A thread without work takes the next job whatever was measured, so that the mean can go down
// again.
std::optional<std::string> Workers::full_locked() const {
  if (stopping_) return "the server is stopping";
  if (waiting_.size() >= limits_.most_waiting) {
    return "found " + std::to_string(waiting_.size()) + " requests waiting, expected fewer";
  }
  if (limits_.most_wait.count() == 0 || running_ + waiting_.size() < num_threads_) {
    return std::nullopt;
  }
  const double wait =
      mean_seconds_ * static_cast<double>(waiting_.size() + 1) / static_cast<double>(num_threads_);
  if (wait <= std::chrono::duration<double>(limits_.most_wait).count()) return std::nullopt;
  return "found a wait of " + std::to_string(std::lround(wait * 1e3)) +
         " ms ahead, expected at most " +
         std::to_string(std::lround(static_cast<double>(limits_.most_wait.count()) / 1e3)) + " ms";
}

void Workers::stop() {
  std::deque<std::function<void()>> dropped;  // destroyed outside the lock
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_all();
  for (std::thread& thread : std::exchange(threads_, {})) thread.join();
}

void Workers::work() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock,
                    [this] { return stopping_ || (!waiting_.empty() && running_ < num_threads_); });
      if (stopping_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
    }
    const auto began = WorkClock::now();
    job();
    leave(WorkClock::now() - began);
  }
}

bool Workers::enter() {
  std::lock_guard lock(mutex_);
  if (stopping_ || !waiting_.empty() || running_ >= num_threads_) return false;
  ++running_;
  return true;
}

void Workers::leave(std::chrono::duration<double> took) {
  bool others_wait = false;
  {
    std::lock_guard lock(mutex_);
    --running_;
    mean_seconds_ += (took.count() - mean_seconds_) * (mean_seconds_ == 0 ? 1 : kNewest);
    others_wait = !waiting_.empty();
  }
  if (others_wait) changed_.notify_one();
}

}  // namespace kaskad
