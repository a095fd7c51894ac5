// Who may compute requests that take long: so many at once, on threads of their own with a bounded
// queue before them, or on the thread that has read the request, as long as nobody waits; private
// to the transport.
//
// The queue is bounded by number and by time. While all threads are busy, a job that comes waits
// for
//   (waiting + 1) mean / threads
// where `mean` is how long jobs took of late. What would wait longer than `most_wait` is refused at
// once: whoever is taken is answered in time, however many are refused.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace kaskad {

struct WaitLimits {
  size_t most_waiting = 256;               // jobs
  std::chrono::microseconds most_wait{0};  // 0: as long as it takes
};

class Workers {
 public:
  Workers(int threads, WaitLimits limits);
  ~Workers();  // stops

  // Nothing, and the job is taken; else the sentence that says why it is not. Jobs must not throw.
  // Thread-safe.
  std::optional<std::string> take(std::function<void()> job);
  // Runs `job` on the calling thread, which counts as one of these meanwhile; false, and nothing is
  // run, where none is free or others have come before. Waking another thread for a request and
  // being woken for its response takes longer than a small model. Thread-safe.
  template <typename Job>
  bool run_here(const Job& job);
  // What take() would say now. Thread-safe.
  std::optional<std::string> full() const;

  // Drops the jobs that wait, returns when those that run have ended. Further ones are refused.
  void stop();

 private:
  std::optional<std::string> full_locked() const;
  void work();

  bool enter();
  void leave(std::chrono::duration<double> took);

  const size_t num_threads_;
  const WaitLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  size_t running_ = 0;
  double mean_seconds_ = 0;  // of a job, the newest ones most
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

template <typename Job>
bool Workers::run_here(const Job& job) {
  if (!enter()) return false;
  const auto began = std::chrono::steady_clock::now();
  job();
  leave(std::chrono::steady_clock::now() - began);
  return true;
}

}  // namespace kaskad
