// Threads for requests that take long, with a bounded queue before them, so that the threads of
// the sockets stay free for everybody else; private to the transport.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kaskad {

class Workers {
 public:
  Workers(int threads, size_t most_waiting);
  ~Workers();  // stops

  // False, and the job is not taken, when `most_waiting` jobs wait already. Jobs must not throw.
  // Thread-safe.
  bool take(std::function<void()> job);

  // Drops the jobs that wait, returns when those that run have ended. Further ones are refused.
  void stop();

 private:
  void work();

  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kaskad
