#include "kaskad/cascade/stage_threads.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace kaskad {

struct StageThreads::State {
  std::mutex mutex;
  std::condition_variable changed;  // a job, or the end
  std::condition_variable left;     // a thread has ended
  std::deque<std::function<void()>> jobs;
  size_t threads = 0, idle = 0;
  bool stopping = false;
};

StageThreads::StageThreads(size_t most) : most_(most), state_(std::make_shared<State>()) {}

StageThreads::~StageThreads() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  state_->left.wait_for(lock, kGrace, [this] { return state_->threads == 0; });
}

bool StageThreads::take(std::function<void()> job) {
  std::unique_lock lock(state_->mutex);
  if (state_->idle <= state_->jobs.size()) {  // each idle one has a job already
    if (state_->threads == most_) return false;
    try {
      std::thread([state = state_] { work(state); }).detach();
    } catch (const std::system_error&) {
      return false;  // the system gives no more
    }
    ++state_->threads;
    ++state_->idle;
  }
  state_->jobs.push_back(std::move(job));
  lock.unlock();  // which the woken thread takes
  state_->changed.notify_one();
  return true;
}

size_t StageThreads::count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->threads;
}

// Counted as idle by take() already.
void StageThreads::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->stopping || !state->jobs.empty(); });
    if (state->jobs.empty()) break;
    std::function<void()> job = std::move(state->jobs.front());
    state->jobs.pop_front();
    --state->idle;
    lock.unlock();
    job();
    job = {};  // what it owns ends outside the lock
    lock.lock();
    ++state->idle;
  }
  --state->idle;
  --state->threads;
  state->left.notify_all();
}

}  // namespace kaskad
